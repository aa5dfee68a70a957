import A2A
import Access
import HTTPServer
import JSON

/// One request of A2A on its way in, whichever binding it came by.
///
/// The order of checks is the protocol brief's: size, then the credential, then media type, JSON, envelope and version; then scope and
/// rate at the gate of the method's own operation. Every refusal has the form of the binding.
struct A2ADoor {
    static let bodyLimit = 16 << 20
    /// How much of a stranger's body is read, only to find the id to echo.
    static let strangersLimit = 64 << 10
    /// A body above this is taken apart away from the event loop.
    static let inlineLimit = 32 << 10

    var exchange: Exchange
    let fields: A2AFields
    /// The form of answers before more is known.
    var framing: A2AFraming

    var appliance: SearchAppliance { exchange.appliance }

    init(_ exchange: Exchange, framing: (A2AFields) -> A2AFraming) {
        self.exchange = exchange
        fields = A2AFields(exchange.request)
        self.framing = framing(fields)
    }

    /// Answers the request; `admit` takes its body apart.
    mutating func answer(_ admit: @escaping @Sendable ([UInt8], A2AFields) -> A2AAdmission) async -> HTTPResponse {
        let body: [UInt8]
        do {
            if let length = exchange.request.body.contentLength, length > Self.bodyLimit {
                throw ApplianceError.payloadTooLarge(limit: Self.bodyLimit)
            }
            do {
                exchange = exchange.with(try await appliance.gate.admit(Operations.a2a, exchange.call))
            } catch {
                return await refuse(error)
            }
            body = try await exchange.request.body.collect(upTo: Self.bodyLimit)
        } catch {
            // Too large, or cut off on its way: no operation had begun.
            await appliance.gate.note(error, of: Operations.a2a, exchange.call)
            return failure(error, framing)
        }
        switch body.count <= Self.inlineLimit ? admit(body, fields) : await Self.elsewhere(admit, body, fields) {
        case .call(let call): return await run(call, body)
        case .refused(let failure, let framing):
            do {
                return try await appliance.gate.perform(Operations.a2a, exchange.call) { context in
                    context.tally.update { $0.status = failure.httpStatus }
                    return response(framing.reply(failure))
                }
            } catch {
                return self.failure(error, framing)
            }
        }
    }

    @concurrent private static func elsewhere(
        _ admit: @Sendable ([UInt8], A2AFields) -> A2AAdmission, _ body: [UInt8], _ fields: A2AFields
    ) async -> A2AAdmission {
        admit(body, fields)
    }

    // MARK: Answers

    /// Refuses a request whose credential does not hold.
    private func refuse(_ error: any Error) async -> HTTPResponse {
        var framing = framing
        let body = try? await exchange.request.body.collect(upTo: Self.strangersLimit)
        if case .jsonRPC = framing.binding, let body {
            framing.binding = .jsonRPC(id: A2AEndpoint.requestID(in: body))
        }
        var response = failure(error, framing)
        if body == nil { response.headers.set("Connection", "close") }
        return response
    }

    func response(_ reply: A2AReply) -> HTTPResponse {
        var headers: HTTPHeaders = ["Cache-Control": "no-store"]
        for (name, value) in reply.headers { headers.set(name, value) }
        return HTTPResponse(status: reply.status, headers: headers, body: .bytes(reply.body))
    }

    /// An operation that failed, or was not let in.
    func failure(_ error: any Error, _ framing: A2AFraming) -> HTTPResponse {
        let problem = Problem(error)
        var response = response(framing.reply(A2AFailure(error, problem)))
        if let challenge = problem.agentChallenge { response.headers.set("WWW-Authenticate", challenge) }
        if let wait = problem.retryAfter { response.headers.set("Retry-After", String(wait.retryAfterSeconds)) }
        return response
    }
}

extension A2AFields {
    init(_ request: HTTPRequest) {
        self.init(
            contentType: request.headers["Content-Type"], accept: request.headers.values("Accept"),
            version: request.headers.values("A2A-Version"),
            queryVersion: request.queryItems?.first { $0.name.lowercased() == "a2a-version" }?.value,
            extensions: request.headers.values("A2A-Extensions") + request.headers.values("X-A2A-Extensions"))
    }
}

extension A2AFailure {
    /// What A2A refuses tells itself; anything else is told by what the table of problems makes of it.
    init(_ error: any Error, _ problem: Problem) {
        if let error = error as? A2AError {
            self.init(error)
            return
        }
        let words = "\(problem.title): \(problem.detail)"
        let reason = problem.code.uppercased()
        switch problem.status {
        case 401: self = .unauthenticated(words)
        case 403: self = .permissionDenied(words)
        case 413: self = .payloadTooLarge(words)
        case 429:
            self.init(code: -32000, httpStatus: 429, status: "RESOURCE_EXHAUSTED", reason: reason, message: words)
        case 404: self.init(code: -32602, httpStatus: 404, status: "NOT_FOUND", reason: reason, message: words)
        case 409: self.init(code: -32602, httpStatus: 409, status: "ABORTED", reason: reason, message: words)
        case 400..<500:
            self.init(
                code: -32602, httpStatus: problem.status, status: "INVALID_ARGUMENT", reason: reason, message: words)
        case 503, 507:
            self.init(code: -32603, httpStatus: problem.status, status: "UNAVAILABLE", reason: reason, message: words)
        case 504:
            self.init(code: -32603, httpStatus: 504, status: "DEADLINE_EXCEEDED", reason: reason, message: words)
        default: self = .internalError(words)
        }
    }
}

extension Problem {
    /// What A2A tells a caller whose credential is missing, does not hold or is not enough.
    fileprivate var agentChallenge: String? {
        switch code {
        case "authentication_required", "invalid_token":
            "Bearer realm=\"a2a\", error=\"invalid_token\", scope=\"search\""
        case "insufficient_scope":
            "Bearer realm=\"a2a\", error=\"insufficient_scope\", scope=\"\(neededScope?.rawValue ?? "search")\""
        default: nil
        }
    }
}
