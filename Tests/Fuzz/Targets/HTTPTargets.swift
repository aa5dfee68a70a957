import HTTPServer

extension FuzzTarget {
    /// Requests of HTTP/1, chunked bodies included: cut into single bytes they must mean the same as in one piece.
    static let http1 = FuzzTarget("http1") { bytes in
        var limits = HTTPLimits()
        limits.headByteCount = 2_048
        limits.targetByteCount = 256
        limits.fieldCount = 20
        let whole = decoded(bytes, pieceLength: max(1, bytes.count), limits)
        promise(whole == decoded(bytes, pieceLength: 1, limits), "how the bytes are cut changes nothing")
        promise(whole == decoded(bytes, pieceLength: 7, limits), "how the bytes are cut changes nothing")
    }

    /// Everything a connection would make of the bytes, as one text.
    private static func decoded(_ input: [UInt8], pieceLength: Int, _ limits: HTTPLimits) -> String {
        var decoder = RequestDecoder(limits: limits)
        var seen = ""
        var body: [UInt8] = []
        var pending: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: pieceLength) {
            pending += input[start..<min(input.count, start + pieceLength)]
            var used = 0
            do throws(RequestFault) {
                while used < pending.count {
                    let step = try decoder.next(pending.span.extracting(used...))
                    promise(step.consumedCount <= pending.count - used, "no more is consumed than there was")
                    switch step.event {
                    case .head(let head):
                        seen += "\(head.method) \(head.target.raw) \(head.headers.fields) \(head.keepsAlive)"
                    case .data(let range): body += pending[(used + range.lowerBound)..<(used + range.upperBound)]
                    case nil: break
                    }
                    used += step.consumedCount
                    if decoder.isComplete {
                        seen += " body \(body)\n"
                        body = []
                        decoder.beginNextRequest()
                    } else if step.consumedCount == 0 {
                        break
                    }
                }
            } catch {
                return seen + " body \(body) fault \(error)"
            }
            pending.removeFirst(used)
        }
        return seen + " body \(body) left \(pending.count)"
    }
}

extension FuzzTarget {
    /// Frames of HTTP/2 behind the preface: whatever comes, the session goes on or ends, and says little.
    static let http2 = FuzzTarget("http2") { bytes in
        var limits = HTTPLimits()
        limits.headByteCount = 4_096
        guard let session = HTTP2Session(limits: limits) else { return }
        var output: [UInt8] = []
        let input = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + bytes
        for start in stride(from: 0, to: input.count, by: 61) {
            let piece = Array(input[start..<min(input.count, start + 61)])
            let events = piece.withUnsafeBufferPointer { try? session.receive($0, now: start) }
            for event in events ?? [] {
                switch event {
                case .head(let id, let head, let isWhole):
                    _ = try? head.request(isWhole: isWhole)
                    if isWhole { session.answer(id, HTTP2Fields(status: 200), output: nil) }
                case .data(let id, let data): session.consumed(id, data.count)
                case .end(let id): session.answer(id, HTTP2Fields(status: 204), output: nil)
                case .closed: break
                }
            }
            while session.output(into: &output, upTo: 1 << 16), output.count < 1 << 16 {}
            _ = session.takeEvents()
            promise(output.count < 1 << 17, "no answer is much larger than its cause")
            if events == nil || session.isOver { return }
        }
    }
}
