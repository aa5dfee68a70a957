import CNGHTTP2
import Glibc

/// HTTP/2 frames by hand over a plain socket, right or wrong as the test wants; for ``onThread(_:)``.
final class HTTP2Client {
    struct Frame: Sendable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        /// The code of a RST_STREAM or GOAWAY.
        var code: UInt32? {
            let place = type == 7 ? 4 : 0
            guard type == 3 || type == 7, payload.count >= place + 4 else { return nil }
            return payload[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4

    let socket: RawClient
    private var buffer: [UInt8] = []
    private var inflater: OpaquePointer?

    /// Connects and says the preface.
    /// - Parameter window: What the server may send on a stream before it is told more.
    init(port: UInt16, window: UInt32 = 65_535) throws {
        socket = try RawClient(port: port)
        nghttp2_hd_inflate_new(&inflater)
        socket.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
        let setting: [UInt8] = [0, 4] + Self.bytes(window)
        send(Self.settings, 0, 0, setting)
        // The server's own settings hold once they are acknowledged.
        _ = try next { $0.type == Self.settings }
        send(Self.settings, 1, 0)
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    /// The bytes of a number, most significant first.
    static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { shift in UInt8(truncatingIfNeeded: number >> shift) }
    }

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        var frame = Array(bytes(UInt32(payload.count)).dropFirst())
        frame.append(type)
        frame.append(flags)
        frame.append(contentsOf: bytes(stream))
        frame.append(contentsOf: payload)
        return frame
    }

    func send(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8] = []) {
        socket.send(Self.frame(type, flags, stream, payload))
    }

    /// Fields as literals, none longer than 126 bytes.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in fields {
            block.append(0)
            for text in [name, value] {
                block.append(UInt8(text.utf8.count))
                block.append(contentsOf: text.utf8)
            }
        }
        return block
    }

    /// Asks for `path` on a stream, with a body to come or without.
    func ask(
        _ path: String, on stream: UInt32, method: String = "GET", fields: [(String, String)] = [], ends: Bool = true
    ) {
        let all = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "h")] + fields
        send(Self.headers, Self.endHeaders | (ends ? Self.endStream : 0), stream, Self.block(all))
    }

    /// The next frame; nil when the server has closed.
    func next(seconds: Int = 20) throws -> Frame? {
        while true {
            if buffer.count >= 9 {
                let size = Int(buffer[0]) << 16 | Int(buffer[1]) << 8 | Int(buffer[2])
                if buffer.count >= 9 + size {
                    let stream = buffer[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                    let frame = Frame(
                        type: buffer[3], flags: buffer[4], stream: stream, payload: Array(buffer[9..<9 + size]))
                    buffer.removeFirst(9 + size)
                    return frame
                }
            }
            guard let bytes = try socket.receiveSome(seconds: seconds) else { return nil }
            buffer += bytes
        }
    }

    /// Reads on until a frame is wanted; nil when the server has closed before.
    func next(where isWanted: (Frame) -> Bool) throws -> Frame? {
        while let frame = try next() {
            if frame.type == Self.headers, !isWanted(frame) { _ = fields(frame) }
            if isWanted(frame) { return frame }
        }
        return nil
    }

    /// The fields of a HEADERS frame; each frame once and in order, since they share a table.
    func fields(_ frame: Frame) -> [String: String] {
        var fields: [String: String] = [:]
        var input = frame.payload
        input.withUnsafeMutableBufferPointer { input in
            guard var place = input.baseAddress else { return }
            var left = input.count
            while true {
                var pair = nghttp2_nv()
                var flags: Int32 = 0
                let used = nghttp2_hd_inflate_hd2(inflater, &pair, &flags, place, left, 1)
                guard used >= 0 else { return }
                place += used
                left -= used
                if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                    fields[Self.text(pair.name, pair.namelen)] = Self.text(pair.value, pair.valuelen)
                }
                if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                    nghttp2_hd_inflate_end_headers(inflater)
                    return
                }
                if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) == 0, left == 0 { return }
            }
        }
        return fields
    }

    private static func text(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// One whole answer; frames of other streams are dropped, and windows opened as bytes come.
    func answer(on stream: UInt32) throws -> (fields: [String: String], body: [UInt8]) {
        var found: [String: String] = [:]
        var body: [UInt8] = []
        while let frame = try next() {
            if frame.type == Self.headers {
                let fields = fields(frame)
                if frame.stream == stream { found.merge(fields) { $1 } }
            }
            if frame.type == Self.data {
                if frame.stream == stream { body += frame.payload }
                if !frame.payload.isEmpty {
                    for target in [0, frame.stream] { openWindow(target, UInt32(frame.payload.count)) }
                }
            }
            guard frame.stream == stream else { continue }
            if frame.type == Self.reset { throw RawClient.Failure.closed(soFar: "reset \(frame.code ?? 0)") }
            if frame.flags & Self.endStream != 0, frame.type <= 1 { return (found, body) }
        }
        throw RawClient.Failure.closed(soFar: "\(found)")
    }

    func openWindow(_ stream: UInt32, _ count: UInt32) {
        send(Self.windowUpdate, 0, stream, Self.bytes(count))
    }
}
