extension Connection {
    /// The first bytes of an HTTP/2 client; no HTTP/1 request begins so.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Finds out what the client speaks: by ALPN, or in the clear by its first bytes.
    ///
    /// - Returns: False if more bytes are needed; `fresh` is kept then.
    func settleProtocol(_ fresh: UnsafeBufferPointer<UInt8>) -> Bool {
        guard phase == .head, let transport else {
            isProtocolKnown = true
            return true
        }
        if transport.isEncrypted {
            isProtocolKnown = true
            if transport.speaksHTTP2 { beginHTTP2() }
            return true
        }
        let count = min(heldCount + fresh.count, Self.preface.count)
        let isLike = (0..<count).allSatisfy { place in
            Self.preface[place] == (place < heldCount ? held[heldStart + place] : fresh[place - heldCount])
        }
        if isLike, count < Self.preface.count {
            held.append(contentsOf: fresh)
            if !sawBytes { phaseStart = loop.clock.now }
            sawBytes = true
            return false
        }
        isProtocolKnown = true
        if isLike { beginHTTP2() }
        return true
    }

    private func beginHTTP2() {
        guard let session = HTTP2Session(limits: service.limits) else {
            close()
            return
        }
        phase = .multiplexed
        http2 = HTTP2State(session, now: loop.clock.now)
    }

    /// Bytes of an HTTP/2 client.
    func receive(_ fresh: UnsafeBufferPointer<UInt8>, _ http2: HTTP2State) {
        lastInput = loop.clock.now
        var isBroken = false
        do throws(HTTP2Session.Failure) {
            if heldCount > 0 {
                let early = held
                held = []
                let events = try early.withUnsafeBufferPointer { bytes throws(HTTP2Session.Failure) in
                    try http2.session.receive(bytes, now: loop.clock.now)
                }
                for event in events { take(event, http2) }
            }
            for event in try http2.session.receive(fresh, now: loop.clock.now) { take(event, http2) }
        } catch {
            isBroken = true
        }
        pump()
        if isBroken { endHTTP2() }
    }

    func take(_ event: HTTP2Session.Event, _ http2: HTTP2State) {
        switch event {
        case .head(let id, let head, let isWhole): begin(id, head, isWhole: isWhole, http2)
        case .data(let id, let bytes):
            guard let stream = http2.streams[id], !stream.isFinished, let pipe = stream.pipe else {
                http2.session.consumed(id, bytes.count)
                return
            }
            stream.lastInput = loop.clock.now
            stream.owesContinue = false
            stream.bodyByteCount += bytes.count
            if pipe.push(bytes), !stream.isPaused {
                http2.session.consumed(id, bytes.count)
            } else {
                stream.isPaused = true
                stream.withheldByteCount += bytes.count
            }
        case .end(let id):
            http2.streams[id]?.isBodyComplete = true
            http2.streams[id]?.pipe?.finish()
        case .closed(let id):
            guard let stream = http2.streams.removeValue(forKey: id) else { return }
            http2.session.consumedOfClosed(stream.withheldByteCount)
            abandon(stream)
            if http2.streams.isEmpty { http2.idleSince = loop.clock.now }
        }
    }

    /// Nobody will hear of this stream again: wakes all who wait for it.
    func abandon(_ stream: HTTP2Stream) {
        if let network = stream.network { service.addresses.leave(network) }
        stream.network = nil
        stream.pipe?.fail(HTTPError.peerClosed)
        for writer in stream.writers { writer.resume(throwing: HTTPError.peerClosed) }
        stream.writers = []
        stream.task?.cancel()
    }

    // MARK: Requests

    private func begin(_ id: Int32, _ fields: HTTP2Head, isWhole: Bool, _ http2: HTTP2State) {
        let now = loop.clock.now
        do throws(RequestFault) {
            let head = try fields.request(isWhole: isWhole)
            let pipe = isWhole ? nil : bodyPipe(id, startsWaiting: head.expectsContinue)
            var body = RequestBody([])
            if let pipe {
                var length: Int?
                if case .length(let count) = head.framing { length = count }
                body = RequestBody(pipe, contentLength: length)
            }
            let isHead = head.method == "HEAD"
            var request = HTTPRequest(
                method: isHead ? "GET" : head.method, target: head.target, headers: head.headers, body: body, peer: peer
            )
            let (isAdmitted, network) = describe(&request)
            let stream = HTTP2Stream(
                id, isHead: isHead, request: request, pipe: pipe, owesContinue: head.expectsContinue, now: now)
            stream.network = network
            http2.streams[id] = stream
            guard isAdmitted else { throw RequestFault(503, "too many requests of this client at once") }
            http2.waiting.append(id)
            startWaiting(http2)
        } catch {
            let stream =
                http2.streams[id]
                ?? HTTP2Stream(id, isHead: false, request: nil, pipe: nil, owesContinue: false, now: now)
            http2.streams[id] = stream
            refuse(stream, error, http2)
        }
    }

    private func bodyPipe(_ id: Int32, startsWaiting: Bool) -> BodyPipe {
        BodyPipe(
            highWater: HTTP2Limits.bodyHighWater, startsWaiting: startsWaiting,
            resume: { [weak self] in
                guard let self else { return }
                self.loop.perform { self.assumeIsolated { $0.bodyWanted(id) } }
            })
    }

    /// The handler has read what there was and wants more.
    private func bodyWanted(_ id: Int32) {
        guard let http2, let stream = http2.streams[id] else { return }
        stream.lastInput = loop.clock.now
        if stream.owesContinue {
            stream.owesContinue = false
            if !stream.isAnswered { http2.session.sendContinue(id) }
        }
        stream.isPaused = false
        http2.session.consumed(id, stream.withheldByteCount)
        stream.withheldByteCount = 0
        pump()
    }

    /// Runs what waits, while few enough run and the client takes its answers.
    func startWaiting(_ http2: HTTP2State) {
        while !http2.waiting.isEmpty, http2.runningCount < HTTP2Limits.streamCount,
            http2.pendingByteCount <= HTTP2Limits.outputTotal
        {
            let id = http2.waiting.removeFirst()
            guard let stream = http2.streams[id], let request = stream.request.take() else { continue }
            http2.runningCount += 1
            stream.task = Task { await self.answer(id, request) }
        }
    }

    /// A handler, or the stream that it answered with, is over.
    func handlerDidEnd() {
        guard let http2 else { return }
        http2.runningCount -= 1
        startWaiting(http2)
    }

    // MARK: Time

    /// Called once a second while the connection speaks HTTP/2.
    func sweep(_ http2: HTTP2State, _ now: Int) {
        if let id = http2.session.unfinishedHead {
            if http2.unfinishedHead?.id != id { http2.unfinishedHead = (id, now) }
            if let since = http2.unfinishedHead?.since, now - since >= service.deadlines.head { sayGoodbye(http2) }
        } else {
            http2.unfinishedHead = nil
        }
        let isPaused = http2.streams.values.contains { $0.isPaused }
        for stream in http2.streams.values {
            checkBody(stream, now, isOurFault: isPaused, http2)
            checkStall(stream, now, http2)
        }
        if http2.streams.isEmpty {
            let patience = service.deadlines.keepAlive
            if now - http2.idleSince >= (isDraining ? min(1000, patience) : patience) { sayGoodbye(http2) }
        } else if isDraining, !http2.hasSaidGoodbye {
            // A second ago it was said that the end is near; what was on its way then is here.
            http2.hasSaidGoodbye = true
            http2.session.goAway()
        }
        pump()
    }

    /// As for HTTP/1; while a paused stream holds the connection's window the others cannot be blamed.
    private func checkBody(_ stream: HTTP2Stream, _ now: Int, isOurFault: Bool, _ http2: HTTP2State) {
        guard !stream.isBodyComplete, !stream.isFinished, stream.pipe != nil else { return }
        if isOurFault || stream.owesContinue || stream.request != nil {
            stream.lastInput = now
            return
        }
        stream.bodyTime += now - lastSweep
        let counted = stream.bodyTime - service.deadlines.bodyGrace
        guard
            now - stream.lastInput >= service.deadlines.bodySilence
                || (counted > 0 && stream.bodyByteCount < counted * service.deadlines.bodyRate / 1000)
        else { return }
        stream.pipe?.fail(HTTPError.bodyTimedOut)
        refuse(stream, RequestFault(408, "the request body took too long"), http2)
    }

    /// A client that opens no window for an answer has as long as one that does not read.
    private func checkStall(_ stream: HTTP2Stream, _ now: Int, _ http2: HTTP2State) {
        guard let output = stream.output, output.pendingByteCount > 0, output.sentByteCount == stream.lastSentByteCount
        else {
            stream.lastSentByteCount = stream.output?.sentByteCount ?? 0
            stream.stallStart = now
            return
        }
        if now - stream.stallStart >= service.deadlines.writeStall { http2.session.reset(stream.id, .tooSlow) }
    }

    // MARK: The end

    /// The server is going down: what runs is finished, event streams end, nothing new is taken after the next sweep.
    func drain(_ http2: HTTP2State) {
        guard !http2.streams.isEmpty else {
            sayGoodbye(http2)
            return
        }
        http2.session.announceGoAway()
        for stream in http2.streams.values where stream.isEndless { stream.task?.cancel() }
        pump()
    }

    private func sayGoodbye(_ http2: HTTP2State) {
        if !http2.hasSaidGoodbye { http2.session.goAway() }
        http2.hasSaidGoodbye = true
        pump()
        if http2.unfinishedHead != nil { endHTTP2() }
    }

    /// Nothing more is said but what waits to be sent.
    func endHTTP2() {
        guard let http2 = self.http2.take() else { return }
        for stream in http2.streams.values { abandon(stream) }
        phase = .lingering
        phaseStart = loop.clock.now
        mustLinger = true
        if transport?.pendingByteCount == 0 { saidLastWord() } else { updateReading() }
    }
}
