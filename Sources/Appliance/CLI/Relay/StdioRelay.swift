import CCurl
import Glibc
import JSON
import JSONRPC

/// MCP over standard input and output, passed on to a server's `/mcp`: one line in, one POST, its answers as lines out.
///
/// One thread and one loop over standard input and libcurl's sockets:
///
///     line ──► waiting ──► under way ──► answered
///                 ▲           │
///                 └───────────┘ the server is not there: later again, with growing pauses
///
/// 1. Every request gets exactly one answer: the server's, or an error that says what to do.
/// 2. A request that may have reached the server is sent again only if repeating it does no harm.
/// 3. Nothing but protocol goes to standard output.
/// 4. While `initialize` is under way everything else waits: what follows carries what it settles.
final class StdioRelay {
    /// The server's limit on a message.
    static let messageLimit = 4 << 20
    /// Up to here a line that is too long is still read, to find the id that its error must carry.
    static let lineLimit = 16 << 20
    /// Messages waiting or under way; more are left in the pipe.
    static let queueLimit = 64
    /// How long a message waits for a server that is not there.
    static let patience = Duration.seconds(15)
    /// How long answers under way may take once standard input has ended.
    static let farewell = Duration.seconds(120)

    private struct Waiting {
        let message: RelayedMessage
        let deadline: ContinuousClock.Instant
        var pause = Duration.milliseconds(100)
        var due: ContinuousClock.Instant
        /// Why the last attempt failed.
        var reason = ""

        init(_ message: RelayedMessage) {
            self.message = message
            due = .now
            deadline = .now + StdioRelay.patience
        }
    }

    private let endpoint: RelayEndpoint
    private let credential: () throws -> String
    private let multi: UnsafeMutableRawPointer
    private var session = RelaySession()
    private var lines = LineSplitter(limit: StdioRelay.lineLimit)
    private var output = ProtocolOutput()
    private var waiting: [Waiting] = []
    private var underWay: [UnsafeMutableRawPointer: (transfer: RelayTransfer, waiting: Waiting)] = [:]
    private var inputEndedAt: ContinuousClock.Instant?
    private var isUnreachable = false

    /// - Parameter credential: Gives the token for the next message; called for each.
    init(_ endpoint: RelayEndpoint, credential: @escaping () throws -> String) throws(CommandFailure) {
        if let complaint = carrel_curl_load() {
            throw CommandFailure(
                "libcurl is needed and cannot be loaded (\(String(cString: complaint))); install Debian's libcurl4")
        }
        guard let multi = carrel_curl_multi_init() else { throw CommandFailure("libcurl could not start") }
        self.multi = multi
        self.endpoint = endpoint
        self.credential = credential
    }

    deinit {
        for handle in underWay.keys { carrel_curl_multi_remove_handle(multi, handle) }
        underWay = [:]
        carrel_curl_multi_cleanup(multi)
    }

    /// Works until standard input has ended and everything is answered, or until nobody reads standard output.
    func run() {
        while !output.isGone {
            sendDue()
            var running: Int32 = 0
            carrel_curl_multi_perform(multi, &running)
            deliverArrived()
            finishDone()
            if let end = inputEndedAt {
                if underWay.isEmpty, waiting.isEmpty { return }
                if end + Self.farewell < .now {
                    giveUp()
                    return
                }
            }
            pauseUntilSomething()
        }
    }

    private func pauseUntilSomething() {
        var timeout = Duration.milliseconds(1_000)
        if !isHandshakeUnderWay, let next = waiting.map(\.due).min() { timeout = min(timeout, max(.zero, next - .now)) }
        let wantsInput = inputEndedAt == nil && waiting.count + underWay.count < Self.queueLimit
        var input = curl_waitfd(fd: STDIN_FILENO, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        // Rounded up, so that the loop does not spin before a message is due.
        carrel_curl_multi_poll(multi, &input, wantsInput ? 1 : 0, Int32(timeout / .milliseconds(1)) + 1)
        // libcurl does not pass a hang-up on.
        var state = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        if wantsInput, poll(&state, 1, 0) > 0 { readInput() }
    }

    // MARK: In

    private func readInput() {
        var block = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(STDIN_FILENO, &block, block.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        if count > 0 {
            lines.append(block[..<count])
            while let line = lines.next() { take(line) }
        } else {
            if let line = lines.rest() { take(line) }
            inputEndedAt = .now
            // A subscription has no end of its own.
            for (handle, entry) in underWay where entry.transfer.message.method == "subscriptions/listen" {
                drop(handle)
            }
        }
    }

    private func take(_ line: LineSplitter.Line) {
        guard case .text(let bytes) = line else {
            return answer(nil, .invalidRequest(Self.tooLong("more than \(Self.lineLimit)")))
        }
        guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
        let message: RelayedMessage
        do throws(RelayedMessage.Malformed) {
            message = try RelayedMessage(bytes)
        } catch {
            return answer(error.id, error.error)
        }
        guard bytes.count <= Self.messageLimit else {
            for id in message.ids { answer(id, .invalidRequest(Self.tooLong("\(bytes.count)"))) }
            return
        }
        if let id = message.cancels, cancel(id) { return }
        waiting.append(Waiting(message))
    }

    private static func tooLong(_ count: String) -> String {
        "this message has \(count) bytes and the limit is \(messageLimit); add fewer documents in one call, "
            + "or add them with: carrel import"
    }

    /// Ends a request that the client no longer wants; true when the server need not be told.
    private func cancel(_ id: RequestID) -> Bool {
        if let place = waiting.firstIndex(where: { $0.message.ids == [id] }) {
            waiting.remove(at: place)
            return true
        }
        guard let (handle, entry) = underWay.first(where: { $0.value.transfer.message.ids == [id] }) else {
            return false
        }
        drop(handle)
        // On the stateless wire the closed request says it all.
        return entry.transfer.isModern
    }

    // MARK: Out

    private var isHandshakeUnderWay: Bool {
        underWay.values.contains { $0.transfer.message.method == "initialize" }
    }

    private func sendDue() {
        while underWay.count < Self.queueLimit, !isHandshakeUnderWay,
            let place = waiting.firstIndex(where: { $0.due <= .now })
        {
            // What came behind a handshake that waits for its next attempt waits with it.
            if let first = waiting.first(where: { $0.message.method == "initialize" }), first.due > .now { return }
            send(waiting.remove(at: place))
        }
    }

    private func send(_ entry: Waiting) {
        let message = entry.message
        let token: String
        do {
            token = try credential()
        } catch {
            return fail(message.ids, "no credential: \(CommandLineTool.message(for: error))", kind: "no_credential")
        }
        let headers = session.headers(for: message) + [("Authorization", "Bearer \(token)")]
        guard
            let transfer = RelayTransfer(message, isModern: session.isModern(message), to: endpoint, headers: headers),
            carrel_curl_multi_add_handle(multi, transfer.handle) == CURLM_OK
        else { return fail(message.ids, "libcurl has no memory left", kind: "internal") }
        underWay[transfer.handle] = (transfer, entry)
    }

    private func drop(_ handle: UnsafeMutableRawPointer) {
        carrel_curl_multi_remove_handle(multi, handle)
        underWay[handle] = nil
    }

    private func deliverArrived() {
        for (transfer, _) in underWay.values where !transfer.arrived.isEmpty {
            let messages = transfer.arrived
            transfer.arrived = []
            for message in messages { deliver(message, of: transfer) }
        }
    }

    private func finishDone() {
        var code = CURLE_OK
        while let handle = carrel_curl_multi_next_done(multi, &code) {
            guard let (transfer, entry) = underWay[handle] else { continue }
            for message in transfer.arrived { deliver(message, of: transfer) }
            transfer.arrived = []
            drop(handle)
            if code == CURLE_OK { finish(transfer) } else { broke(transfer, entry, code) }
        }
    }

    /// The server has answered with whatever status.
    private func finish(_ transfer: RelayTransfer) {
        noteReachable()
        if transfer.message.method == "initialize" { session.id = transfer.sessionID }
        if !transfer.body.isEmpty { deliver(transfer.body, of: transfer) }
        guard !transfer.unanswered.isEmpty else { return }
        let problem = try? JSONValue(parsing: transfer.body)
        let detail = problem?["detail"]?.stringValue ?? problem?["title"]?.stringValue ?? "the answer holds no message"
        fail(
            transfer.unanswered, "\(endpoint.name) answered with HTTP status \(transfer.status): \(detail)",
            kind: "http")
    }

    /// Passes one message on if it is one.
    private func deliver(_ bytes: [UInt8], of transfer: RelayTransfer) {
        guard let value = try? JSONValue(parsing: bytes) else { return }
        if let entries = value.arrayValue {
            for entry in entries { settle(entry, of: transfer) }
            output.write(bytes)
            return
        }
        guard value["jsonrpc"] == "2.0", var object = value.objectValue else { return }
        let isAnswer = object["method"] == nil
        // An error about a request whose id the server could not read is still this request's answer.
        if isAnswer, object["id"]?.isNull ?? true, transfer.unanswered.count == 1 {
            object["id"] = transfer.unanswered[0].json
            transfer.unanswered = []
            return output.write(object.encoded())
        }
        // A second answer to one request would confuse more than none.
        if isAnswer, !settle(value, of: transfer) { return }
        output.write(bytes)
    }

    /// Strikes the request that `value` answers off the list; false when there is none.
    @discardableResult
    private func settle(_ value: JSONValue, of transfer: RelayTransfer) -> Bool {
        guard let id = RequestID(value["id"]), let place = transfer.unanswered.firstIndex(of: id) else { return false }
        transfer.unanswered.remove(at: place)
        if transfer.message.method == "initialize", let version = value["result"]?["protocolVersion"]?.stringValue {
            session.version = version
        }
        return true
    }

    // MARK: When it does not go through

    private func broke(_ transfer: RelayTransfer, _ entry: Waiting, _ code: CURLcode) {
        let reason = String(cString: carrel_curl_easy_strerror(code))
        if Self.isAboutTrust(code) {
            return fail(
                transfer.unanswered,
                "\(endpoint.name) is not trusted: \(reason); for a self-signed certificate give its file with --cacert",
                kind: "certificate")
        }
        let isInTime = entry.deadline > .now
        let nothingCame = transfer.unanswered == transfer.message.ids
        guard !transfer.wasSent || (entry.message.isRepeatable && nothingCame && isInTime) else {
            return fail(
                transfer.unanswered,
                "the connection to \(endpoint.name) broke before the answer came (\(reason)); whether the call took "
                    + "effect is not known: look, or make it again", kind: "connection_broken")
        }
        guard isInTime else { return unreachable(transfer.unanswered, reason) }
        if !isUnreachable {
            isUnreachable = true
            Terminal.say("carrel stdio: \(endpoint.name) cannot be reached (\(reason)); trying again")
        }
        var next = entry
        next.due = .now + entry.pause
        next.pause = min(entry.pause * 2, .seconds(2))
        next.reason = reason
        waiting.append(next)
    }

    private static func isAboutTrust(_ code: CURLcode) -> Bool {
        [CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR]
            .contains { $0 == code }
    }

    private func noteReachable() {
        guard isUnreachable else { return }
        isUnreachable = false
        Terminal.say("carrel stdio: \(endpoint.name) is back")
    }

    private func unreachable(_ ids: [RequestID], _ reason: String) {
        fail(
            ids,
            "\(endpoint.name) cannot be reached (\(reason)); start it with: carrel serve, or check the address. "
                + "The call was not made: make it again", kind: "server_unreachable")
    }

    /// The time after the end of the input is over.
    private func giveUp() {
        for (transfer, _) in underWay.values {
            fail(transfer.unanswered, "the input ended and the answer took too long", kind: "timeout")
        }
        for entry in waiting { unreachable(entry.message.ids, entry.reason) }
    }

    private func fail(_ ids: [RequestID], _ message: String, kind: String) {
        for id in ids { answer(id, RPCError(code: -32603, message: message, data: ["kind": .string(kind)])) }
        Terminal.say("carrel stdio: \(message)")
    }

    private func answer(_ id: RequestID?, _ error: RPCError) {
        output.write(RPCEnvelope.error(id: id, error))
    }
}
