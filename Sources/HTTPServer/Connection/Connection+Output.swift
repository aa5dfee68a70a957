extension Connection {
    /// libevent: the socket takes bytes again.
    func socketWritable() {
        guard let transport, transport.flush() else {
            close()
            return
        }
        if http2 != nil {
            pump()
            return
        }
        let pending = transport.pendingByteCount
        if pending <= service.limits.outputHighWater / 4, !exchange.writers.isEmpty {
            let writers = exchange.writers
            exchange.writers = []
            for writer in writers { writer.resume() }
        }
        guard pending == 0 else { return }
        switch phase {
        case .flushing: expectNextRequest()
        case .lingering: saidLastWord()
        case .head, .collecting, .handling, .multiplexed, .closed: break
        }
    }

    // MARK: Handler

    func run(_ head: RequestHead, body: RequestBody) {
        phase = .handling
        var request = HTTPRequest(
            method: exchange.isHead ? "GET" : head.method, target: head.target, headers: head.headers, body: body,
            peer: peer)
        let (isAdmitted, network) = describe(&request)
        exchange.network = network
        guard isAdmitted else {
            refuse(RequestFault(503, "too many requests of this client at once"))
            return
        }
        // A plain task inherits this actor, so the handler starts on the loop without a change of thread.
        exchange.task = Task { await self.answer(request) }
    }

    /// Takes a trusted proxy's word for whom it asks; false: that client has too much under way.
    ///
    /// And what the connection itself knows of it.
    /// - Returns: Also what the request counts as, to be taken off again.
    func describe(_ request: inout HTTPRequest) -> (isAdmitted: Bool, network: IPAddress?) {
        request.isSecure = transport?.isEncrypted ?? false
        request.clientCertificateName = clientName
        guard origin.isProxy else { return (true, nil) }
        let forwarded = ForwardedClient(request.headers, from: peer, proxies: service.proxies)
        request.client = forwarded.client
        if let isSecure = forwarded.isSecure { request.isSecure = isSecure }
        guard case .ip(let text) = forwarded.client, let address = IPAddress(text), !service.proxies.contains(address),
            let network = service.addresses.counted(address)
        else { return (true, nil) }
        return (service.addresses.enter(network) == 0, network)
    }

    private func answer(_ request: HTTPRequest) async {
        let number = exchange.number
        let response = await service.handler(request)
        guard phase == .handling, exchange.number == number else { return }
        switch response.body {
        case .bytes(let bytes): sendWhole(response, content: bytes)
        case .stream(let produce):
            guard beginStream(response) else { return }
            let isOver = Task.isCancelled || (isDraining && exchange.answer == .streaming(isEndless: true))
            // In a task of its own: that of the handler still holds the request and all the memory it took to answer it,
            // and a stream may last for hours.
            let task = Task { await self.stream(produce, number: number) }
            exchange.task = task
            if isOver { task.cancel() }
        }
    }

    /// Answers a request that no handler will answer (any more), and makes it the last one.
    func refuse(_ fault: RequestFault) {
        guard exchange.answer == .none || exchange.heldHead != nil, phase != .lingering else {
            close()
            return
        }
        let task = exchange.task
        var answer = service.errorAnswer(fault.status, fault.reason, peer)
        answer.status = fault.status
        var content: [UInt8] = []
        if case .bytes(let bytes) = answer.body { content = bytes }
        exchange.keepsAlive = false
        mustLinger = true
        sendWhole(answer, content: content)
        task?.cancel()
    }

    // MARK: Answers

    private func sendWhole(_ response: HTTPResponse, content: [UInt8]) {
        let hasContent = Self.allowsContent(response.status)
        let head = responseHead(response, framing: hasContent ? .length(content.count) : .none)
        guard let transport, transport.send(head, hasContent && !exchange.isHead ? content : []) else {
            close()
            return
        }
        finishExchange()
    }

    /// Says that the answer is a stream, and its head; false: that is all there is to say.
    private func beginStream(_ response: HTTPResponse) -> Bool {
        let hasContent = Self.allowsContent(response.status)
        if !exchange.isVersion11 && hasContent { exchange.keepsAlive = false }
        let framing: ResponseHead.Framing = !hasContent ? .none : exchange.isVersion11 ? .chunked : .untilClose
        let isEndless = response.isEndless
        exchange.answer = .streaming(isEndless: isEndless)
        exchange.heldHead = (response, framing)
        // A client that waits for `100 Continue` would take the head for a refusal to read: it comes with the first
        // piece then, and the producer's first read of the body sends the 100.
        let hasProducer = hasContent && !exchange.isHead
        if !(hasProducer && exchange.owesContinue), !sendHeldHead() { return false }
        guard hasProducer else {
            finishExchange()
            return false
        }
        lastOutput = loop.clock.now
        return true
    }

    private func stream(_ produce: HTTPResponse.Producer, number: Int) async {
        let isEndless = exchange.answer == .streaming(isEndless: true)
        do {
            try await produce(StreamWriter(connection: self, number: number))
        } catch is CancellationError where isDraining && isEndless {
            // Nothing is missing from a stream that has no end.
        } catch {
            if exchange.number == number { close() }
            return
        }
        guard phase == .handling, exchange.number == number, sendHeldHead(), let transport else { return }
        if exchange.isVersion11, !transport.send(Array("0\r\n\r\n".utf8)) {
            close()
        } else {
            finishExchange()
        }
    }

    /// Sends the head of a stream that was held back, if one was; false: the peer is gone, and the connection closed.
    private func sendHeldHead() -> Bool {
        guard let (response, framing) = exchange.heldHead.take() else { return true }
        // Nobody expects a 100 behind the answer.
        exchange.owesContinue = false
        guard let transport, transport.send(responseHead(response, framing: framing)) else {
            close()
            return false
        }
        return true
    }

    private struct StreamWriter: BodyWriter {
        let connection: Connection
        let number: Int

        func write(_ bytes: [UInt8]) async throws {
            try Task.checkCancellation()
            try await connection.write(bytes, number: number)
        }
    }

    private func write(_ bytes: [UInt8], number: Int) async throws {
        guard phase == .handling, exchange.number == number else { throw HTTPError.peerClosed }
        if bytes.isEmpty { return }
        guard sendHeldHead(), let transport else { throw HTTPError.peerClosed }
        lastOutput = loop.clock.now
        guard transport.send(exchange.isVersion11 ? Self.chunk(bytes) : bytes) else {
            close()
            throw HTTPError.peerClosed
        }
        guard transport.pendingByteCount > service.limits.outputHighWater else { return }
        try await withCheckedThrowingContinuation { exchange.writers.append($0) }
    }

    private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        var chunk: [UInt8] = []
        chunk.reserveCapacity(bytes.count + 20)
        chunk += String(bytes.count, radix: 16).utf8
        chunk += [ASCII.carriageReturn, ASCII.lineFeed]
        chunk += bytes
        chunk += [ASCII.carriageReturn, ASCII.lineFeed]
        return chunk
    }

    static func allowsContent(_ status: Int) -> Bool { status != 204 && status != 304 }

    /// Decides whether the connection goes on, and says so.
    private func responseHead(_ response: HTTPResponse, framing: ResponseHead.Framing) -> [UInt8] {
        if isDraining || !decoder.isComplete || (inputEnded && heldCount == 0) { exchange.keepsAlive = false }
        if let wish = response.headers["Connection"], ASCII.equalIgnoringCase(wish, "close") {
            exchange.keepsAlive = false
        }
        let persistence: ResponseHead.Persistence =
            !exchange.keepsAlive ? .close : exchange.isVersion11 ? .implied : .keepAlive
        let status = (200...599).contains(response.status) ? response.status : 500
        return ResponseHead.bytes(
            status: status, headers: response.headers, framing: framing, persistence: persistence,
            date: loop.clock.dateField)
    }

    // MARK: After the answer

    private func finishExchange() {
        guard phase != .closed else { return }
        exchange.pipe?.abandon()
        for writer in exchange.writers { writer.resume(throwing: HTTPError.peerClosed) }
        if let network = exchange.network { service.addresses.leave(network) }
        let keepsAlive = exchange.keepsAlive
        exchange = Exchange(number: exchange.number + 1)
        phaseStart = loop.clock.now
        let isFlushed = transport?.pendingByteCount == 0
        if keepsAlive {
            phase = .flushing
            // Otherwise a client that asks and never reads could make us hold any number of answers.
            if isFlushed { expectNextRequest() } else { updateReading() }
        } else {
            phase = .lingering
            mustLinger = mustLinger || !decoder.isComplete || heldCount > 0
            held = []
            heldStart = 0
            if isFlushed { saidLastWord() } else { updateReading() }
        }
    }

    private func expectNextRequest() {
        phase = .head
        phaseStart = loop.clock.now
        sawBytes = false
        decoder.beginNextRequest()
        consumeHeld()
        if phase == .head, inputEnded || (isDraining && !sawBytes) {
            close()
        } else {
            updateReading()
        }
    }

    /// All is sent: close, or first read what is still on its way.
    func saidLastWord() {
        guard mustLinger, !inputEnded else {
            close()
            return
        }
        transport?.finishWriting()
        phaseStart = loop.clock.now
        updateReading()
    }
}
