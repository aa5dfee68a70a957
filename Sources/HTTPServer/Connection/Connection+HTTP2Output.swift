extension Connection {
    /// Hands frames to the socket while it takes them, and wakes who waited for room.
    func pump() {
        guard let http2, let transport else { return }
        while transport.pendingByteCount < HTTP2Limits.socketHighWater {
            var frames: [UInt8] = []
            guard http2.session.output(into: &frames, upTo: HTTP2Limits.recordSize) else { break }
            guard transport.send(frames) else {
                close()
                return
            }
        }
        for event in http2.session.takeEvents() { take(event, http2) }
        for stream in http2.streams.values where !stream.writers.isEmpty {
            guard (stream.output?.pendingByteCount ?? 0) <= HTTP2Limits.outputHighWater / 4 else { continue }
            let writers = stream.writers
            stream.writers = []
            for writer in writers { writer.resume() }
        }
        // What was sent made room for the answers of requests that wait.
        startWaiting(http2)
        if isDraining, http2.streams.isEmpty, !http2.hasSaidGoodbye {
            http2.hasSaidGoodbye = true
            http2.session.goAway()
            pump()
        } else if transport.pendingByteCount == 0,
            http2.session.isOver || (http2.hasSaidGoodbye && http2.streams.isEmpty)
        {
            endHTTP2()
        } else {
            updateReading()
        }
    }

    /// Runs the handler, and what it streams behind it.
    func answer(_ id: Int32, _ request: HTTPRequest) async {
        let response = await service.handler(request)
        guard let http2, let stream = http2.streams[id], !stream.isAnswered else {
            handlerDidEnd()
            return
        }
        switch response.body {
        case .bytes(let bytes):
            sendWhole(stream, response, content: bytes, http2)
            handlerDidEnd()
        case .stream(let produce):
            guard beginStream(stream, response, http2) else {
                handlerDidEnd()
                return
            }
            let isOver = Task.isCancelled || (isDraining && stream.isEndless)
            // As for HTTP/1: what it took to come to the answer is not kept while the stream lasts.
            let task = Task {
                await self.stream(id, produce, http2)
                self.handlerDidEnd()
            }
            stream.task = task
            if isOver { task.cancel() }
        }
    }

    /// Answers a request that no handler will answer (any more).
    func refuse(_ stream: HTTP2Stream, _ fault: RequestFault, _ http2: HTTP2State) {
        let task = stream.task
        guard !stream.isAnswered || stream.heldHead != nil else {
            http2.session.reset(stream.id, .failed)
            task?.cancel()
            return
        }
        stream.heldHead = nil
        var answer = service.errorAnswer(fault.status, fault.reason, peer)
        answer.status = fault.status
        var content: [UInt8] = []
        if case .bytes(let bytes) = answer.body { content = bytes }
        sendWhole(stream, answer, content: content, http2)
        task?.cancel()
    }

    private func sendWhole(_ stream: HTTP2Stream, _ response: HTTPResponse, content: [UInt8], _ http2: HTTP2State) {
        let hasContent = Self.allowsContent(response.status)
        var output: HTTP2Output?
        if hasContent, !stream.isHead, !content.isEmpty {
            let whole = HTTP2Output()
            whole.append(content)
            whole.finish()
            output = whole
        }
        sendHead(stream, response, length: hasContent ? content.count : nil, output: output, http2)
        finish(stream, http2)
    }

    private func sendHead(
        _ stream: HTTP2Stream, _ response: HTTPResponse, length: Int?, output: HTTP2Output?, _ http2: HTTP2State
    ) {
        let status = (200...599).contains(response.status) ? response.status : 500
        let fields = HTTP2Fields(
            status: status, headers: response.headers, date: loop.clock.dateField, length: length)
        stream.isAnswered = true
        stream.owesContinue = false
        stream.output = output
        stream.stallStart = loop.clock.now
        http2.session.answer(stream.id, fields, output: output)
    }

    private func finish(_ stream: HTTP2Stream, _ http2: HTTP2State) {
        stream.isFinished = true
        stream.pipe?.abandon()
        // The rest of the body is read and dropped until the client hears that it is not wanted.
        http2.session.consumed(stream.id, stream.withheldByteCount)
        stream.withheldByteCount = 0
        stream.isPaused = false
        pump()
    }

    // MARK: Streams

    /// Says that the answer is a stream, and its head; false: that is all there is to say.
    private func beginStream(_ stream: HTTP2Stream, _ response: HTTPResponse, _ http2: HTTP2State) -> Bool {
        stream.isEndless = response.isEndless
        guard Self.allowsContent(response.status), !stream.isHead else {
            sendHead(stream, response, length: nil, output: nil, http2)
            finish(stream, http2)
            return false
        }
        // As for HTTP/1: no head before a client that waits for `100 Continue` has been told, or there is content.
        stream.heldHead = response
        stream.isAnswered = true
        if !stream.owesContinue {
            sendHeldHead(stream, http2)
            pump()
        }
        return true
    }

    private func stream(_ id: Int32, _ produce: HTTPResponse.Producer, _ http2: HTTP2State) async {
        do {
            try await produce(HTTP2Writer(connection: self, id: id))
        } catch is CancellationError where isDraining && http2.streams[id]?.isEndless == true {
            // Nothing is missing from a stream that has no end.
        } catch {
            http2.session.reset(id, .failed)
            pump()
            return
        }
        guard self.http2 === http2, let stream = http2.streams[id] else { return }
        sendHeldHead(stream, http2)
        stream.output?.finish()
        http2.session.outputGrew(id)
        finish(stream, http2)
    }

    private func sendHeldHead(_ stream: HTTP2Stream, _ http2: HTTP2State) {
        guard let response = stream.heldHead.take() else { return }
        sendHead(stream, response, length: nil, output: HTTP2Output(), http2)
    }

    private struct HTTP2Writer: BodyWriter {
        let connection: Connection
        let id: Int32

        func write(_ bytes: [UInt8]) async throws {
            try Task.checkCancellation()
            try await connection.write(bytes, to: id)
        }
    }

    private func write(_ bytes: [UInt8], to id: Int32) async throws {
        guard let http2, let stream = http2.streams[id], !stream.isFinished else { throw HTTPError.peerClosed }
        if bytes.isEmpty { return }
        sendHeldHead(stream, http2)
        stream.output?.append(bytes)
        http2.session.outputGrew(id)
        pump()
        guard self.http2 === http2, http2.streams[id] === stream else { throw HTTPError.peerClosed }
        guard let output = stream.output, output.pendingByteCount > HTTP2Limits.outputHighWater else { return }
        try await withCheckedThrowingContinuation { stream.writers.append($0) }
    }
}
