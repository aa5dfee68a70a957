extension Connection {
    /// Called once a second: whoever took too long is refused or closed.
    func sweep() {
        let now = loop.clock.now
        defer { lastSweep = now }
        guard let transport, !isStalled(transport, now) else {
            close()
            return
        }
        let age = now - phaseStart
        switch phase {
        case .head where !transport.isEstablished:
            // There is nobody yet to whom an answer could be given.
            if age >= service.deadlines.head { close() }
        case .head where sawBytes:
            if age >= service.deadlines.head { refuse(RequestFault(408, "the request head took too long")) }
        case .head:
            let patience = service.deadlines.keepAlive
            // Accepted while going down: a moment to say a word.
            if age >= (isDraining ? min(1000, patience) : patience) { close() }
        case .collecting: checkBody(now)
        case .handling:
            if decoder.isComplete { checkHalfClosed(transport, now) } else { checkBody(now) }
        case .lingering:
            if transport.pendingByteCount == 0, age >= service.deadlines.linger { close() }
        case .multiplexed:
            if let http2 { sweep(http2, now) }
        case .flushing, .closed: break
        }
    }

    private func isStalled(_ transport: Transport, _ now: Int) -> Bool {
        if transport.sentByteCount != lastSentByteCount || transport.pendingByteCount == 0 {
            lastSentByteCount = transport.sentByteCount
            if transport.pendingByteCount > 0 { lastOutput = now }
            stallStart = now
            return false
        }
        return now - stallStart >= service.deadlines.writeStall
    }

    /// The client's time for the body runs only while we are willing to read it.
    private func checkBody(_ now: Int) {
        if exchange.isPaused || exchange.owesContinue {
            lastInput = now
            if transport?.isHungUp ?? true { close() }
            return
        }
        exchange.bodyTime += now - lastSweep
        let counted = exchange.bodyTime - service.deadlines.bodyGrace
        if now - lastInput >= service.deadlines.bodySilence
            || (counted > 0 && exchange.bodyByteCount < counted * service.deadlines.bodyRate / 1000)
        {
            exchange.pipe?.fail(HTTPError.bodyTimedOut)
            refuse(RequestFault(408, "the request body took too long"))
        }
    }

    /// Nothing tells a client that only stopped sending from one that is gone, but time and failing writes.
    private func checkHalfClosed(_ transport: Transport, _ now: Int) {
        guard !transport.isReading else { return }
        if transport.isHungUp {
            close()
        } else if inputEnded, now - max(lastInput, lastOutput) >= service.deadlines.halfClosed {
            // An answer made in spite of the cancellation is still sent.
            if exchange.answer == .none { exchange.task?.cancel() } else { close() }
        }
    }
}
