extension Connection {
    /// libevent: the socket has something to read.
    func socketReadable() {
        let scratch = loop.scratch
        for _ in 0..<4 {
            guard let transport, transport.isReading else { return }
            switch transport.receive(into: scratch) {
            case .wouldBlock: return
            case .end:
                inputDidEnd()
                return
            case .failed:
                close()
                return
            case .notTLS:
                refuse(RequestFault(400, "this port speaks HTTPS: begin the address with https://"))
                return
            case .bytes(let count, let more):
                take(UnsafeBufferPointer(rebasing: scratch.bindMemory(to: UInt8.self)[..<count]))
                if !more { return }
            }
        }
        transport?.readOn()
    }

    var heldCount: Int { held.count - heldStart }

    private func take(_ fresh: UnsafeBufferPointer<UInt8>) {
        if !isProtocolKnown, !settleProtocol(fresh) { return }
        if let http2 {
            receive(fresh, http2)
            return
        }
        if heldCount == 0 {
            let used = consume(fresh)
            held = used < fresh.count && phase != .closed ? Array(fresh[used...]) : []
            heldStart = 0
        } else {
            if heldStart > 0 { held.removeFirst(heldStart) }
            heldStart = 0
            held.append(contentsOf: fresh)
            consumeHeld()
        }
        updateReading()
    }

    /// Goes on with what came earlier.
    func consumeHeld() {
        guard heldCount > 0 else { return }
        let all = held
        let start = heldStart
        let used = all.withUnsafeBufferPointer { consume(UnsafeBufferPointer(rebasing: $0[start...])) }
        if phase == .closed || start + used == all.count {
            held = []
            heldStart = 0
        } else {
            heldStart = start + used
        }
    }

    private func consume(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var used = 0
        while used < bytes.count {
            let count = consumeStep(UnsafeBufferPointer(rebasing: bytes[used...]))
            if count == 0 { break }
            used += count
        }
        passBodyOn()
        return used
    }

    private func consumeStep(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        switch phase {
        case .closed, .multiplexed: return bytes.count
        case .lingering:
            lingeredByteCount += bytes.count
            if lingeredByteCount > 1 << 20 { close() }
            return bytes.count
        case .flushing: return 0
        case .handling where exchange.isPaused || decoder.isComplete: return 0
        case .head where !sawBytes:
            sawBytes = true
            phaseStart = loop.clock.now
        case .head, .collecting, .handling: break
        }
        do throws(RequestFault) {
            let step = try decoder.next(bytes.span)
            switch step.event {
            case .head(let head): begin(head)
            case .data(let range): takeBody(UnsafeBufferPointer(rebasing: bytes[range]))
            case nil: break
            }
            if decoder.isComplete { bodyDidEnd() }
            return step.consumedCount
        } catch {
            passBodyOn()
            exchange.pipe?.fail(HTTPError.malformedBody)
            refuse(error)
            return bytes.count
        }
    }

    // MARK: Body

    private func begin(_ head: RequestHead) {
        lastInput = loop.clock.now
        lastSweep = lastInput
        exchange.isHead = head.method == "HEAD"
        exchange.isVersion11 = head.isVersion11
        exchange.keepsAlive = head.keepsAlive
        switch head.framing {
        case .none, .length(0): run(head, body: RequestBody([]))
        case .length(let length) where length <= service.limits.wholeBodyByteCount && !head.expectsContinue:
            phase = .collecting
            exchange.pendingHead = head
        case .length(let length): run(head, body: RequestBody(openPipe(head), contentLength: length))
        case .chunked: run(head, body: RequestBody(openPipe(head), contentLength: nil))
        }
    }

    private func openPipe(_ head: RequestHead) -> BodyPipe {
        let pipe = BodyPipe(
            highWater: service.limits.bodyHighWater, startsWaiting: head.expectsContinue,
            resume: { [weak self] in
                guard let self else { return }
                self.loop.perform { self.assumeIsolated { $0.bodyWanted() } }
            })
        exchange.pipe = pipe
        exchange.owesContinue = head.expectsContinue
        return pipe
    }

    private func takeBody(_ bytes: UnsafeBufferPointer<UInt8>) {
        lastInput = loop.clock.now
        exchange.bodyByteCount += bytes.count
        exchange.owesContinue = false
        if exchange.collected.isEmpty { exchange.collected = Array(bytes) } else { exchange.collected += bytes }
    }

    /// Hands a streamed body over once per read, not once per chunk.
    private func passBodyOn() {
        guard phase == .handling, let pipe = exchange.pipe, !exchange.collected.isEmpty else { return }
        let piece = exchange.collected
        exchange.collected = []
        if !pipe.push(piece) { exchange.isPaused = true }
    }

    private func bodyDidEnd() {
        passBodyOn()
        exchange.pipe?.finish()
        exchange.isPaused = false
        if phase == .collecting, let head = exchange.pendingHead {
            exchange.pendingHead = nil
            let body = exchange.collected
            exchange.collected = []
            run(head, body: RequestBody(body))
        }
    }

    /// The handler has read what there was and wants more.
    private func bodyWanted() {
        guard phase == .handling else { return }
        lastInput = loop.clock.now
        if exchange.owesContinue {
            exchange.owesContinue = false
            guard let transport, transport.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) else {
                close()
                return
            }
        }
        if exchange.isPaused {
            exchange.isPaused = false
            consumeHeld()
        }
        updateReading()
    }

    // MARK: End of input

    /// A client that has only closed its sending side still gets what it asked for completely.
    private func inputDidEnd() {
        inputEnded = true
        lastInput = loop.clock.now
        updateReading()
        let pending = transport?.pendingByteCount ?? 0
        switch phase {
        case .handling where decoder.isComplete:
            if transport?.isHungUp ?? true { close() }
        case .flushing: break
        case .lingering where pending > 0: break
        // Without its windows an HTTP/2 client can be told nothing.
        case .head, .collecting, .handling, .multiplexed, .lingering, .closed: close()
        }
    }
}
