public import JSON

/// What a client brings back when it was asked for more: answers, and the state it carried for us.
public struct InputRound: Sendable, Hashable {
    /// Answers by key; keys that nobody asked for are ignored.
    public var responses: JSONObject
    /// The sealed state; nil on a first call.
    public var requestState: String?

    /// Makes a round.
    public init(responses: JSONObject = [:], requestState: String? = nil) {
        self.responses = responses
        self.requestState = requestState
    }

    /// A first call.
    public static let first = InputRound()

    /// The content of a form that the user has accepted; nil for a missing, malformed or declined answer.
    public func acceptedForm(_ key: String) -> JSONObject? {
        guard let answer = responses[key]?.objectValue, answer["action"] == "accept" else { return nil }
        return answer["content"]?.objectValue
    }

    /// Whether the user was asked and said no.
    public func isDeclined(_ key: String) -> Bool {
        let action = responses[key]?["action"]
        return action == "decline" || action == "cancel"
    }
}

/// What a call needs before it can go on: the client asks its user or its model and calls again.
public struct InputRequired: Sendable, Hashable {
    /// Requests by key, each `{method, params}`.
    public var requests: JSONObject
    /// What to remember, sealed before it is sent; nil = nothing has to come back.
    public var state: [UInt8]?

    /// Makes a demand.
    public init(requests: JSONObject, state: [UInt8]? = nil) {
        self.requests = requests
        self.state = state
    }

    /// A form for the user.
    public static func form(_ message: String, properties: JSONObject, required: [String]) -> JSONValue {
        [
            "method": "elicitation/create",
            "params": [
                "mode": "form", "message": .string(message),
                "requestedSchema": [
                    "type": "object", "properties": .object(properties),
                    "required": .array(required.map { .string($0) }),
                ],
            ],
        ]
    }
}
