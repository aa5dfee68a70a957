import JSON

/// What `/openapi.json` tells about one route; no route can be made without one.
///
/// What the route's operation decides (credential, scope, rate, time) is not repeated here: ``OpenAPIDocument`` adds it.
struct RouteDescription: Sendable {
    /// Routes that belong together; in the order of the document.
    enum Group: String, CaseIterable, Sendable {
        case search = "Search"
        case documents = "Documents"
        case collections = "Collections"
        case jobs = "Jobs"
        case embeddings = "Embeddings"
        case agents = "Agents"
        case access = "Access"
        case page = "Page"
        case `operator` = "Operation"
    }

    let group: Group
    /// What it does, in a few words.
    let summary: String
    /// More, in Markdown; may be empty.
    let details: String
    let parameters: [Parameter]
    let body: Body?
    let answers: [Answer]
    /// Problems that are this route's own.
    let refusals: [Refusal]
    /// Whether another protocol speaks behind this route: its answers are all listed, and none is added.
    let isProtocol: Bool
    /// The methods of a route that takes any and tells them apart itself.
    let methods: [String]

    init(
        _ group: Group, _ summary: String, details: String = "", parameters: [Parameter] = [], body: Body? = nil,
        answers: [Answer], refusals: [Refusal] = []
    ) {
        self.init(group, summary, details, parameters, body, answers, refusals, isProtocol: false, methods: [])
    }

    private init(
        _ group: Group, _ summary: String, _ details: String, _ parameters: [Parameter], _ body: Body?,
        _ answers: [Answer], _ refusals: [Refusal], isProtocol: Bool, methods: [String]
    ) {
        self.group = group
        self.summary = summary
        self.details = details
        self.parameters = parameters
        self.body = body
        self.answers = answers
        self.refusals = refusals
        self.isProtocol = isProtocol
        self.methods = methods
    }

    /// An endpoint of a protocol that is specified elsewhere: where it is, and the statuses it answers with.
    ///
    /// - Parameters:
    ///   - specification: Where to read about the messages.
    ///   - statuses: Every status that can come.
    ///   - body: What is posted; nil where there is no body.
    ///   - types: Media types of the answers.
    ///   - methods: Where the route's row says `*`: those that the protocol knows.
    static func protocolEndpoint(
        _ group: Group, _ summary: String, specification: String, statuses: [Int], parameters: [Parameter] = [],
        body: Body? = .json(["type": "object"]), types: [String] = ["application/json"],
        methods: [String] = []
    ) -> RouteDescription {
        RouteDescription(
            group, summary, "Messages and errors are those of the protocol: \(specification).", parameters, body,
            statuses.map { Answer($0, "As the protocol says", contents: types.map { Content($0) }) }, [],
            isProtocol: true, methods: methods)
    }
}

extension RouteDescription {
    /// A value in path, query or header.
    struct Parameter: Sendable {
        enum Place: String, Sendable {
            case path, query, header
        }

        let place: Place
        let name: String
        let description: String
        let schema: JSONValue
        let example: JSONValue?
        let isRequired: Bool

        private init(
            _ place: Place, _ name: String, _ description: String, _ schema: JSONValue, _ example: JSONValue?,
            isRequired: Bool
        ) {
            self.place = place
            self.name = name
            self.description = description
            self.schema = schema
            self.example = example
            self.isRequired = isRequired
        }

        static func path(
            _ name: String, _ description: String, schema: JSONValue = ["type": "string", "minLength": 1],
            example: JSONValue
        ) -> Parameter {
            Parameter(.path, name, description, schema, example, isRequired: true)
        }

        static func query(
            _ name: String, _ description: String, schema: JSONValue = ["type": "string"], example: JSONValue? = nil,
            isRequired: Bool = false
        ) -> Parameter {
            Parameter(.query, name, description, schema, example, isRequired: isRequired)
        }

        static func header(_ name: String, _ description: String, schema: JSONValue = ["type": "string"]) -> Parameter {
            Parameter(.header, name, description, schema, nil, isRequired: false)
        }
    }

    /// A schema, named where several routes share it.
    struct Schema: Sendable {
        let name: String?
        let value: JSONValue

        static func named(_ name: String, _ value: JSONValue) -> Schema { Schema(name: name, value: value) }
        static func inline(_ value: JSONValue) -> Schema { Schema(name: nil, value: value) }
    }

    /// Bytes of one media type.
    struct Content: Sendable {
        let type: String
        let schema: Schema?
        /// By name.
        let examples: [(name: String, value: JSONValue)]

        init(_ type: String, _ schema: Schema? = nil, examples: [(name: String, value: JSONValue)] = []) {
            self.type = type
            self.schema = schema
            self.examples = examples
        }
    }

    /// What is sent.
    struct Body: Sendable {
        let description: String
        /// The same in each of these media types.
        let contents: [Content]
        /// Whether a request without a body is wrong.
        var isRequired = true

        /// Whether it is read whole, as one JSON value.
        var isJSON: Bool { contents.contains { $0.type == "application/json" } }

        static func json(
            _ schema: Schema, _ examples: [(name: String, value: JSONValue)] = [],
            types: [String] = ["application/json"]
        ) -> Body {
            Body(description: "", contents: types.map { Content($0, schema, examples: examples) })
        }

        static func json(_ schema: JSONValue) -> Body { json(.inline(schema)) }
    }

    /// One way in which the route answers.
    struct Answer: Sendable {
        let status: Int
        let description: String
        let contents: [Content]
        /// Fields beside those that every answer has.
        let headers: [(name: String, description: String)]

        init(
            _ status: Int, _ description: String, contents: [Content],
            headers: [(name: String, description: String)] = []
        ) {
            self.status = status
            self.description = description
            self.contents = contents
            self.headers = headers
        }

        static func json(
            _ status: Int = 200, _ description: String, _ schema: Schema, example: JSONValue,
            headers: [(name: String, description: String)] = []
        ) -> Answer {
            Answer(
                status, description,
                contents: [Content("application/json", schema, examples: [("answer", example)])], headers: headers)
        }

        static let notModified = Answer(304, "Still what `If-None-Match` names", contents: [])
    }

    /// A status with the codes of the problems behind it.
    struct Refusal: Sendable {
        let status: Int
        let codes: [String]

        init(_ status: Int, _ codes: String...) {
            self.status = status
            self.codes = codes
        }
    }
}
