import HTTPServer

extension FuzzTarget {
    /// Frames of HTTP/2 behind a good preface: cut into single bytes they must mean the same as in one piece, and a
    /// server that answers each request stays within its limits.
    static let http2 = FuzzTarget("http2") { bytes in
        var limits = HTTPLimits()
        limits.headByteCount = 2_048
        limits.targetByteCount = 256
        limits.fieldCount = 20
        let whole = events(bytes, pieceLength: max(1, bytes.count), limits)
        for pieceLength in [1, 7] {
            let cut = events(bytes, pieceLength: pieceLength, limits)
            promise((whole == nil) == (cut == nil), "how the bytes are cut does not break a connection")
            promise(whole == cut, "how the bytes are cut changes nothing")
        }
        answer(bytes, limits)
    }

    private static let preface: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// What a connection would hear, as one text; nil for one that is broken off.
    private static func events(_ input: [UInt8], pieceLength: Int, _ limits: HTTPLimits) -> String? {
        guard let session = HTTP2Session(limits: limits) else { return nil }
        var seen = ""
        var bodies: [Int32: [UInt8]] = [:]
        let all = preface + input
        do throws(HTTP2Session.Failure) {
            for start in stride(from: 0, to: all.count, by: pieceLength) {
                let piece = Array(all[start..<min(all.count, start + pieceLength)])
                for event in try receive(piece, session) {
                    switch event {
                    case .head(let id, let head, let isWhole): seen += "\(id) \(isWhole) \(request(head, isWhole)); "
                    case .data(let id, let bytes): bodies[id, default: []] += bytes
                    case .end(let id): seen += "\(id) ends; "
                    case .closed(let id): seen += "\(id) closed; "
                    }
                }
            }
        } catch {
            return nil
        }
        return seen + bodies.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "; ")
    }

    private static func request(_ head: HTTP2Head, _ isWhole: Bool) -> String {
        do throws(RequestFault) {
            let request = try head.request(isWhole: isWhole)
            promise(request.headers.values("Host").count == 1, "a request has one Host")
            promise(request.target.path.utf8.first == UInt8(ascii: "/") || request.target.path == "*", "and a path")
            return "\(request.method) \(request.target.raw) \(request.headers.fields)"
        } catch {
            return "\(error.status)"
        }
    }

    private static func receive(
        _ piece: [UInt8], _ session: HTTP2Session
    ) throws(HTTP2Session.Failure) -> [HTTP2Session.Event] {
        try piece.withUnsafeBufferPointer { bytes throws(HTTP2Session.Failure) in try session.receive(bytes, now: 0) }
    }

    /// Answers everything at once.
    private static func answer(_ input: [UInt8], _ limits: HTTPLimits) {
        guard let session = HTTP2Session(limits: limits) else { return }
        let all = preface + input
        var open: Set<Int32> = []
        for start in stride(from: 0, to: all.count, by: 16) {
            guard let events = try? receive(Array(all[start..<min(all.count, start + 16)]), session) else { break }
            for event in events {
                switch event {
                case .head(let id, _, _):
                    promise(open.insert(id).inserted, "a stream begins once")
                    promise(open.count <= HTTP2Limits.streamCount, "no more streams than allowed")
                    let output = HTTP2Output()
                    output.append([UInt8](repeating: 120, count: 100))
                    output.finish()
                    let fields = HTTP2Fields(
                        status: 200, headers: ["X": " a\r\n"], date: Array("Date: now\r\n".utf8), length: 100)
                    session.answer(id, fields, output: output)
                case .data(let id, let bytes): session.consumed(id, bytes.count)
                case .end: break
                case .closed(let id): open.remove(id)
                }
            }
            var frames: [UInt8] = []
            while session.output(into: &frames, upTo: 16_384) { frames.removeAll() }
            for case .closed(let id) in session.takeEvents() { open.remove(id) }
        }
        _ = session.isOver
    }
}
