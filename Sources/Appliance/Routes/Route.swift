import HTTPServer

/// One request on its way through the routes.
final class Exchange: Sendable {
    let appliance: SearchAppliance
    let request: HTTPRequest
    let call: Call
    /// Values of the pattern's `{…}` segments, decoded.
    let parameters: [String: String]

    init(appliance: SearchAppliance, request: HTTPRequest, call: Call, parameters: [String: String]) {
        self.appliance = appliance
        self.request = request
        self.call = call
        self.parameters = parameters
    }

    /// The same with what the gate has found out about its call.
    func with(_ call: Call) -> Exchange {
        Exchange(appliance: appliance, request: request, call: call, parameters: parameters)
    }
}

/// A method and a path, the operation behind them, and the way to run it, which always leads through the gate.
final class Route: Sendable {
    /// `*` takes any method and tells them apart itself.
    let method: String
    /// Segments between slashes; `{name}` takes any one segment, but an empty one, `{name}:verb` one with that end,
    /// `{path*}` at the end all that are left.
    let pattern: String
    let operation: Operation
    /// What the description of the interface tells about it.
    let description: RouteDescription
    let handle: @Sendable (Exchange) async throws -> HTTPResponse
    private let segments: [Segment]

    private enum Segment {
        case literal(String)
        case parameter(String, suffix: String)
        case rest

        init(_ text: Substring) {
            if text == "{path*}" {
                self = .rest
                return
            }
            guard text.hasPrefix("{"), let end = text.firstIndex(of: "}") else {
                self = .literal(String(text))
                return
            }
            self = .parameter(
                String(text[text.index(after: text.startIndex)..<end]), suffix: String(text[text.index(after: end)...]))
        }
    }

    private init(
        _ method: String, _ pattern: String, _ operation: Operation, _ description: RouteDescription,
        handle: @escaping @Sendable (Exchange) async throws -> HTTPResponse
    ) {
        self.method = method
        self.pattern = pattern
        self.operation = operation
        self.description = description
        self.handle = handle
        segments = pattern.split(separator: "/").map(Segment.init)
    }

    /// A route that reads its input first, then works on it.
    convenience init<Input: Sendable>(
        _ method: String, _ pattern: String, _ operation: Operation, _ description: RouteDescription,
        read: @escaping @Sendable (Exchange) async throws -> Input,
        answer: @escaping @Sendable (SearchAppliance, RequestContext, Input) async throws -> HTTPResponse
    ) {
        self.init(method, pattern, operation, description) { exchange in
            try await exchange.appliance.gate.perform(
                operation, exchange.call, validate: { try await read(exchange) },
                work: { context, input in
                    let response = try await answer(exchange.appliance, context, input)
                    context.tally.update { tally in
                        if response.status != 200 { tally.status = response.status }
                        if case .bytes(let bytes) = response.body { tally.responseBytes = bytes.count }
                    }
                    return response
                })
        }
    }

    /// A route without input; one that belongs to somebody refuses query items.
    convenience init(
        _ method: String, _ pattern: String, _ operation: Operation, _ description: RouteDescription,
        answer: @escaping @Sendable (SearchAppliance, RequestContext) async throws -> HTTPResponse
    ) {
        self.init(
            method, pattern, operation, description,
            read: { exchange in if operation.authority != .open { try QueryFields(exchange.request).finish() } },
            answer: { appliance, context, _ in
                try await answer(appliance, context)
            })
    }

    /// A route whose answer is a stream that lasts as long as its operation.
    convenience init<Input: Sendable>(
        _ method: String, _ pattern: String, _ operation: Operation, _ description: RouteDescription,
        read: @escaping @Sendable (Exchange) async throws -> Input,
        stream: @escaping @Sendable (SearchAppliance, Gate.OpenOperation, Input) async throws -> HTTPResponse
    ) {
        self.init(method, pattern, operation, description) { exchange in
            let (open, input) = try await exchange.appliance.gate.open(operation, exchange.call) {
                try await read(exchange)
            }
            return try await stream(exchange.appliance, open, input)
        }
    }

    /// A route behind which another protocol has operations of its own, each of which it runs through the gate.
    convenience init(
        _ method: String, _ pattern: String, _ operation: Operation, _ description: RouteDescription,
        door: @escaping @Sendable (Exchange) async -> HTTPResponse
    ) {
        self.init(method, pattern, operation, description, handle: door)
    }

    /// Whether the pattern has no parameter, so that one path alone matches it.
    var isLiteral: Bool {
        segments.allSatisfy { segment in if case .literal = segment { true } else { false } }
    }

    /// Whether the pattern ends with a parameter and a verb, as `{name}:analyze` does.
    var hasVerb: Bool {
        if case .parameter(_, let suffix)? = segments.last { !suffix.isEmpty } else { false }
    }

    /// The values of the pattern's parameters, or nil if the path is another's.
    func match(_ path: [String]) -> [String: String]? {
        let isOpenEnded = if case .rest? = segments.last { path.count >= segments.count } else { false }
        guard path.count == segments.count || isOpenEnded else { return nil }
        var parameters: [String: String] = [:]
        for (segment, value) in zip(segments, path) {
            switch segment {
            case .literal(let text): if text != value { return nil }
            case .parameter(let name, let suffix):
                guard value.utf8.count > suffix.utf8.count, value.hasSuffix(suffix) else { return nil }
                parameters[name] = String(value.dropLast(suffix.count))
            case .rest: break
            }
        }
        return parameters
    }
}
