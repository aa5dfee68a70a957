import JSON

/// Takes requests apart: what is refused by the protocol alone is refused here, the rest is a call to run.
///
/// A value without state, sockets or clock. Routing is by name or path, which differ between the versions; `A2A-Version` is
/// then checked against what was found.
public struct A2AEndpoint: Sendable {
    /// Extensions that the card names.
    let extensions: [AgentCard.Extension]
    /// In which 1.0 answers over HTTP+JSON.
    let restType: RESTMediaType

    /// Makes an endpoint.
    public init(extensions: [AgentCard.Extension] = [], restType: RESTMediaType = .asAsked) {
        self.extensions = extensions
        self.restType = restType
    }

    /// The extensions a caller asks for that are known here.
    func activated(_ fields: A2AFields) -> [String] {
        let known = extensions.map(\.uri)
        return fields.extensionNames.filter { known.contains($0) }
    }

    /// A call without an extension that the card requires is refused; the extended card may be asked for without, since it
    /// says so.
    func checkExtensions(_ method: A2AMethod, _ activated: [String]) throws(A2AError) {
        if method == .getExtendedCard { return }
        for required in extensions where required.isRequired && !activated.contains(required.uri) {
            throw .extensionRequired(uri: required.uri)
        }
    }
}

/// The media type of answers over HTTP+JSON, about which revisions of 1.0 and their test suites differ.
public enum RESTMediaType: String, Sendable, Hashable, CaseIterable {
    /// The protocol's own for who sends or accepts it, or leaves it open; else plain JSON.
    case asAsked = "auto"
    /// Plain JSON always.
    case json = "application/json"
    /// The protocol's own always.
    case a2a = "application/a2a+json"
}

/// The version a request asks for.
enum RequestedVersion: Equatable {
    /// None: the name or path decides.
    case none
    case known(A2AVersion)
    case unknown(String)

    /// The header rules over the query; several fields must agree.
    init(_ fields: A2AFields) {
        let given = fields.version.isEmpty ? [fields.queryVersion ?? ""] : fields.version
        let texts = given.map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty }
        guard let text = texts.first else {
            self = .none
            return
        }
        guard texts.allSatisfy({ $0 == text }), let version = A2AVersion(negotiating: text) else {
            self = .unknown(texts.joined(separator: ", "))
            return
        }
        self = .known(version)
    }

    /// Refuses what does not fit a method of this version.
    func check(_ version: A2AVersion) throws(A2AError) {
        switch self {
        case .none: return
        case .known(let asked): if asked != version { throw .versionNotSupported(requested: asked.rawValue) }
        case .unknown(let text): throw .versionNotSupported(requested: text)
        }
    }
}
