import Access
import HTTPServer

/// A request for a token by the grant `client_credentials` (RFC 6749 section 4.4), its form checked, nobody asked yet.
struct TokenRequest: Sendable {
    /// Bytes of a body; a real one has a few hundred.
    static let bodyLimit = 16 << 10

    /// What the client showed; nil if that is no pair of ours.
    let client: ClientSecret?
    /// Whether it showed anything at all.
    let showsCredential: Bool
    /// What it asks for; nil for all that it is registered for.
    let scopes: ScopeSet?
    /// What the token is to be used at; empty for this box.
    let resources: [String]

    /// Reads the parts of a request.
    /// - Parameters:
    ///   - authorization: The values of `Authorization`.
    ///   - contentType: The value of `Content-Type`.
    init(authorization: [String], contentType: String?, body: [UInt8]) throws(OAuthError) {
        let form = try Form(contentType: contentType, body: body)
        guard let grant = try form["grant_type"] else {
            throw OAuthError(.invalidRequest, "grant_type is missing")
        }
        guard grant == "client_credentials" else {
            throw OAuthError(
                .unsupportedGrantType,
                "only client_credentials is served here; or make a token with: carrel token issue")
        }
        let basic = try Self.basic(authorization)
        let (id, secret) = (try form["client_id"], try form["client_secret"])
        if let basic {
            guard secret == nil, id == nil || id == basic.id else {
                throw OAuthError(.invalidRequest, "send client_id and client_secret once: in the header or in the body")
            }
            client = ClientSecret(id: basic.id, secret: basic.secret)
        } else {
            client = ClientSecret(id: id ?? "", secret: secret ?? "")
        }
        showsCredential = basic != nil || secret != nil
        scopes = try Self.scopes(form["scope"])
        resources = form.all("resource")
    }

    /// The pair in `Authorization: Basic`, each half a form's text (RFC 6749 section 2.3.1); nil without the header.
    private static func basic(_ headers: [String]) throws(OAuthError) -> (id: String, secret: String)? {
        guard let header = headers.first else { return nil }
        guard headers.count == 1 else {
            throw OAuthError(.invalidRequest, "there is more than one Authorization header")
        }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "basic",
            let bytes = Digest.decodeBase64(String(words[1]).trimmingSpaces),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw .invalidClient }
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let id = FormEncoding.decode(halves[0]), let secret = FormEncoding.decode(halves[1])
        else { throw .invalidClient }
        return (id, secret)
    }

    private static func scopes(_ text: String?) throws(OAuthError) -> ScopeSet? {
        guard let text, !text.allSatisfy({ $0 == " " }) else { return nil }
        guard let scopes = try? ScopeSet(parsing: text), !scopes.contains(.operator) else {
            throw OAuthError(.invalidScope, "scopes are search, write, admin and audit")
        }
        return scopes
    }
}

/// The items of a form, each name once but for `resource`.
private struct Form {
    private let items: [(name: String, value: String)]

    init(contentType: String?, body: [UInt8]) throws(OAuthError) {
        let type = (contentType ?? "").prefix { $0 != ";" }
        guard String(type).trimmingSpaces.lowercased() == "application/x-www-form-urlencoded" else {
            throw OAuthError(.invalidRequest, "send Content-Type: application/x-www-form-urlencoded")
        }
        guard let text = String(validating: body, as: UTF8.self), let items = FormEncoding.items(text) else {
            throw OAuthError(.invalidRequest, "the body is not a form in UTF-8")
        }
        self.items = items
    }

    /// The one value of a name; an empty one is as good as none (RFC 6749 section 3.2).
    subscript(name: String) -> String? {
        get throws(OAuthError) {
            let values = all(name)
            guard values.count <= 1 else { throw OAuthError(.invalidRequest, "\(name) is given more than once") }
            return values.first
        }
    }

    func all(_ name: String) -> [String] {
        items.filter { $0.name == name && !$0.value.isEmpty }.map(\.value)
    }
}
