// A small stand-in for Node's Buffer: what codecs use of it. The value is the constructor.
(function () {
  "use strict";

  function Buffer(value, encoding, length) {
    return typeof value === "number" ? Buffer.alloc(value) : Buffer.from(value, encoding, length);
  }
  Object.setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype, {
    constructor: { value: Buffer, writable: true, configurable: true },
  });

  function adopt(bytes) {
    return Object.setPrototypeOf(bytes, Buffer.prototype);
  }

  function view(buffer) {
    return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  function latin(text, mask) {
    var bytes = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i) & mask;
    return bytes;
  }

  function unlatin(bytes, mask) {
    var letters = [];
    for (var i = 0; i < bytes.length; i++) letters.push(String.fromCharCode(bytes[i] & mask));
    return letters.join("");
  }

  function unhex(text) {
    var bytes = [];
    for (var i = 0; i + 1 < text.length; i += 2) {
      var pair = text.slice(i, i + 2);
      if (!/^[0-9a-fA-F]{2}$/.test(pair)) break;
      bytes.push(parseInt(pair, 16));
    }
    return bytes;
  }

  function hex(bytes) {
    var digits = [];
    for (var i = 0; i < bytes.length; i++) digits.push((256 + bytes[i]).toString(16).slice(1));
    return digits.join("");
  }

  function utf16(text) {
    var bytes = new Uint8Array(2 * text.length);
    for (var i = 0; i < text.length; i++) {
      bytes[2 * i] = text.charCodeAt(i) & 255;
      bytes[2 * i + 1] = text.charCodeAt(i) >> 8;
    }
    return bytes;
  }

  function unutf16(bytes) {
    var letters = [];
    for (var i = 0; i + 1 < bytes.length; i += 2) {
      letters.push(String.fromCharCode(bytes[i] | bytes[i + 1] << 8));
    }
    return letters.join("");
  }

  function utf8(text) {
    return latin(unescape(encodeURIComponent(text.toWellFormed())), 255);
  }

  // How many bytes the letter that begins at `at` takes; below zero: so many are no letter.
  function span(bytes, at) {
    var first = bytes[at], more = first < 128 ? 0 : first >= 240 ? 3 : first >= 224 ? 2 : 1;
    if (first > 244 || first >= 128 && first < 194) return -1;
    for (var i = 1; i <= more; i++) if ((bytes[at + i] & 192) !== 128) return -i;
    return more + 1;
  }

  function unutf8(bytes) {
    var letters = [];
    for (var at = 0; at < bytes.length;) {
      var length = span(bytes, at), letter = "\ufffd";
      if (length > 0) {
        try {
          letter = decodeURIComponent(escape(unlatin(bytes.slice(at, at + length), 255)));
        } catch (error) {
          length = 1;
        }
      }
      letters.push(letter);
      at += Math.abs(length);
    }
    return letters.join("");
  }

  function unbase64(text) {
    text = text.replace(/-/g, "+").replace(/_/g, "/").replace(/[^A-Za-z0-9+/]/g, "");
    if (text.length % 4 === 1) text = text.slice(0, -1);
    return latin(atob(text), 255);
  }

  function base64(bytes) {
    return btoa(unlatin(bytes, 255));
  }

  function url(text) {
    return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  // Both ways, by the encoding's name: [text to bytes, bytes to text].
  var codings = {
    hex: [unhex, hex],
    utf8: [utf8, unutf8],
    ascii: [function (text) { return latin(text, 255); }, function (b) { return unlatin(b, 127); }],
    latin1: [function (text) { return latin(text, 255); }, function (b) { return unlatin(b, 255); }],
    base64: [unbase64, base64],
    base64url: [unbase64, function (bytes) { return url(base64(bytes)); }],
    utf16le: [utf16, unutf16],
  };
  codings["utf-8"] = codings.utf8;
  codings.binary = codings.latin1;
  codings.ucs2 = codings["ucs-2"] = codings["utf-16le"] = codings.utf16le;

  function coding(name) {
    var found = codings[name === undefined || name === null ? "utf8" : String(name).toLowerCase()];
    if (!found) throw new TypeError("Unknown encoding: " + name);
    return found;
  }

  Buffer.alloc = function (size, fill) {
    var made = adopt(new Uint8Array(size));
    return fill === undefined ? made : made.fill(fill);
  };
  Buffer.allocUnsafe = function (size) { return Buffer.alloc(size); };
  Buffer.from = function (value, encoding, length) {
    if (typeof value === "string") return adopt(new Uint8Array(coding(encoding)[0](value)));
    if (value instanceof ArrayBuffer) return adopt(new Uint8Array(value, encoding || 0, length));
    if (value && value.type === "Buffer" && Array.isArray(value.data)) value = value.data;
    if (value === null || typeof value !== "object") {
      throw new TypeError("Buffer.from needs a text, a list of bytes or a buffer");
    }
    return adopt(Uint8Array.from(value));
  };
  Buffer.isBuffer = function (value) { return value instanceof Buffer; };
  Buffer.isEncoding = function (name) { return String(name).toLowerCase() in codings; };
  Buffer.byteLength = function (value, encoding) {
    return typeof value === "string" ? Buffer.from(value, encoding).length : value.byteLength;
  };
  Buffer.concat = function (parts, length) {
    var total = length === undefined
      ? parts.reduce(function (sum, part) { return sum + part.length; }, 0) : length;
    var whole = Buffer.alloc(total), at = 0;
    parts.forEach(function (part) {
      whole.set(part.length > total - at ? part.subarray(0, total - at) : part, at);
      at = Math.min(total, at + part.length);
    });
    return whole;
  };

  function define(name, fn) {
    Object.defineProperty(Buffer.prototype, name, {
      value: fn, writable: true, configurable: true, enumerable: false,
    });
  }

  define("toString", function (encoding, start, end) {
    return coding(encoding)[1](this.subarray(start || 0, end));
  });
  define("toJSON", function () { return { type: "Buffer", data: Array.from(this) }; });
  define("slice", function (start, end) { return this.subarray(start, end); });
  define("equals", function (other) { return hex(this) === hex(other); });
  define("write", function (text, at, length, encoding) {
    if (typeof at === "string") { encoding = at; at = 0; }
    if (typeof length === "string") { encoding = length; length = undefined; }
    at = at || 0;
    var bytes = coding(encoding)[0](text);
    var count = Math.min(bytes.length, this.length - at, length === undefined ? Infinity : length);
    for (var i = 0; i < count; i++) this[at + i] = bytes[i];
    return count;
  });
  define("copy", function (target, at, start, end) {
    var part = this.subarray(start || 0, end === undefined ? this.length : end);
    var count = Math.max(0, Math.min(part.length, target.length - (at || 0)));
    target.set(part.subarray(0, count), at || 0);
    return count;
  });

  // readUInt16BE and so on: one pair for each kind of number and each byte order.
  function numbers(name, kind, size, alias) {
    ["BE", "LE"].forEach(function (order) {
      var suffix = size === 1 ? "" : order, little = order === "LE";
      function read(at) { return view(this)["get" + kind](at || 0, little); }
      function write(value, at) {
        view(this)["set" + kind](at || 0, value, little);
        return (at || 0) + size;
      }
      [name, alias].forEach(function (one) {
        if (!one) return;
        define("read" + one + suffix, read);
        define("write" + one + suffix, write);
      });
    });
  }
  numbers("Int8", "Int8", 1);
  numbers("UInt8", "Uint8", 1, "Uint8");
  numbers("Int16", "Int16", 2);
  numbers("UInt16", "Uint16", 2, "Uint16");
  numbers("Int32", "Int32", 4);
  numbers("UInt32", "Uint32", 4, "Uint32");
  numbers("Float", "Float32", 4);
  numbers("Double", "Float64", 8);
  numbers("BigInt64", "BigInt64", 8);
  numbers("BigUInt64", "BigUint64", 8, "BigUint64");

  // readUIntBE(at, count) and so on, of up to six bytes.
  function wide(buffer, at, count, little) {
    if (at === undefined || at + count > buffer.length) {
      throw new RangeError("Attempt to access memory outside buffer bounds");
    }
    var sum = 0;
    for (var i = 0; i < count; i++) sum = 256 * sum + buffer[little ? at + count - 1 - i : at + i];
    return sum;
  }
  ["BE", "LE"].forEach(function (order) {
    var little = order === "LE";
    function unsigned(at, count) { return wide(this, at, count, little); }
    function signed(at, count) {
      var sum = wide(this, at, count, little), top = Math.pow(2, 8 * count - 1);
      return sum < top ? sum : sum - 2 * top;
    }
    define("readUInt" + order, unsigned);
    define("readUint" + order, unsigned);
    define("readInt" + order, signed);
    function write(value, at, count) {
      for (var i = 0; i < count; i++) {
        this[little ? at + i : at + count - 1 - i] = Math.floor(value / Math.pow(256, i));
      }
      return at + count;
    }
    define("writeUInt" + order, write);
    define("writeInt" + order, write);
  });
  return Buffer;
})()
