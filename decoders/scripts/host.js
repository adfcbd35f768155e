// Calls a vendor's codec. Evaluated once in each context with the Buffer stand-in, or with undefined; gives
//
//     call(find, request, true)      runs the functions of a file that was run as a script
//     call(make, request, false)     runs the file inside a function first: make() runs it, and gives find
//     call()                         only installs what a codec expects to be there: console, exports ..
//
//     find()    gives the codec's functions by name
//     request   JSON: {"bytes": [..], "fPort": n, "recvTime": milliseconds, "variables": {..}}
//     answer    JSON: [clean, missed, lost, name, answer]
//
// clean    false when the call left a trace in the context that could not be wiped: use another one
// missed   the names that were looked for in the global object and are not there, "get x" or "set x": a
//          file that is run inside a function may have meant its own
// lost     the paths in the answer whose number was not finite: JSON has null there
// name     the function that was called
(function (Buffer) {
  "use strict";

  var LONGEST = 262144;
  var apply = Reflect.apply, ownKeys = Reflect.ownKeys, same = Object.is;
  var parse = JSON.parse, stringify = JSON.stringify, isArray = Array.isArray;
  var describe = Object.getOwnPropertyDescriptor;

  function silent() {}

  var console = {};
  ["log", "info", "warn", "error", "debug", "trace", "dir", "table", "assert", "time", "timeEnd",
    "group", "groupEnd", "count"].forEach(function (name) { console[name] = silent; });

  function require(name) {
    if (Buffer && (name === "buffer" || name === "node:buffer")) return { Buffer: Buffer };
    throw new Error("require(" + stringify(String(name)) + ") finds nothing: a codec is one file");
  }

  // What a codec may change for good, as it was: one entry a holder, [holder, keys, values].
  var watched = [
    globalThis, Object, Object.prototype, Function.prototype, Array, Array.prototype, String,
    String.prototype, Number, Number.prototype, Boolean.prototype, Date, Date.prototype,
    RegExp.prototype, Error.prototype, Math, JSON, Uint8Array.prototype, DataView.prototype,
  ].concat(Buffer ? [Buffer, Buffer.prototype] : []).map(function (holder) {
    var keys = ownKeys(holder).filter(function (key) { return "value" in describe(holder, key); });
    return [holder, keys, keys.map(function (key) { return holder[key]; }), ownKeys(holder).length];
  });
  var known = Object.create(null);
  ownKeys(globalThis).forEach(function (key) { known[key] = true; });

  // Behind the global object stands one that takes down what is looked for in vain.
  var missed = [], listening = false, watching = false;
  function miss(kind, key) {
    if (listening && typeof key === "string" && missed.length < 50) missed.push(kind + key);
  }
  function watch() {
    watching = true;
    Reflect.setPrototypeOf(globalThis, new Proxy(Object.prototype, {
      get: function (target, key, receiver) {
        if (!(key in target)) miss("get ", key);
        return Reflect.get(target, key, receiver);
      },
      set: function (target, key, value, receiver) {
        miss("set ", key);
        return Reflect.set(target, key, value, receiver);
      },
    }));
  }

  function install() {
    globalThis.module = { exports: {} };
    globalThis.exports = globalThis.module.exports;
    globalThis.console = Object.assign({}, console);
    globalThis.require = function (name) { return require(name); };
    if (Buffer) globalThis.Buffer = Buffer;
  }

  // Takes away the globals that the call left behind: those given to it, and undeclared variables.
  function tidy() {
    var keys = ownKeys(globalThis);
    for (var i = keys.length - 1; i >= 0; i--) {
      if (!known[keys[i]] && !Reflect.deleteProperty(globalThis, keys[i])) return false;
    }
    return true;
  }

  function unchanged() {
    for (var i = 0; i < watched.length; i++) {
      var holder = watched[i][0], keys = watched[i][1], values = watched[i][2];
      if (ownKeys(holder).length !== watched[i][3]) return false;
      for (var j = 0; j < keys.length; j++) {
        var value = holder[keys[j]];
        if (value !== values[j] && !same(value, values[j])) return false;
      }
    }
    return true;
  }

  function method(holder, name) {
    var found = holder === null || holder === undefined ? undefined : holder[name];
    return typeof found === "function" ? found : undefined;
  }

  function named(found, name) {
    return found[name] || method(found.module && found.module.exports, name) ||
      method(found.exports, name);
  }

  // Gives [the name of the codec's function, its answer].
  function enter(found, input) {
    var fn = named(found, "decodeUplink");
    if (fn) return ["decodeUplink", apply(fn, undefined, [input])];
    fn = named(found, "Decoder");
    if (fn) return ["Decoder", apply(fn, undefined, [input.bytes, input.fPort])];
    fn = named(found, "Decode");
    if (fn) return ["Decode", apply(fn, undefined, [input.fPort, input.bytes, input.variables])];
    throw new ReferenceError("the file defines neither decodeUplink nor Decoder nor Decode");
  }

  function collect(value, path, depth, lost) {
    if (typeof value === "number" && !isFinite(value)) lost.push(path);
    if (typeof value !== "object" || value === null || depth > 8) return;
    for (var keys = Object.keys(value), i = 0; i < keys.length && lost.length < 10; i++) {
      collect(value[keys[i]], path ? path + "." + keys[i] : keys[i], depth + 1, lost);
    }
  }

  return function call(make, request, script) {
    if (make === undefined) return install();
    var input = parse(request);
    input.recvTime = new Date(input.recvTime);
    if (!script) {
      install();
      if (!watching) watch();
      missed.length = 0;
      listening = true;
      make = make();
      listening = false;
    }
    var found = make();
    listening = !script;
    var answer = enter(found, input);
    listening = false;
    if (answer[1] instanceof Promise) throw new TypeError(answer[0] + " is asynchronous");
    var body = stringify(answer[1]);
    if (body === undefined) body = "null";
    if (body.length > LONGEST) {
      throw new RangeError("the answer has " + body.length + " characters, more than " + LONGEST);
    }
    var lost = [];
    if (body.includes("null")) collect(answer[1], "", 0, lost);
    var clean = tidy() && unchanged();
    // Not a sum: the engine's concatenated strings cannot leave it.
    return ["[", clean, ",", stringify(missed), ",", stringify(lost), ",", stringify(answer[0]), ",",
      body, "]"].join("");
  };
})
