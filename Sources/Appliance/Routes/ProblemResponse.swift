import Access
import HTTPServer
import JSON

/// What a challenge says besides what was wrong: where to learn how to get a credential, and what to ask for.
struct MetadataLink: Sendable {
    let url: String
    /// Scopes that a client without a credential should ask for; may be empty.
    let firstScopes: String
    /// A scope as clients must ask for it.
    let spelling: @Sendable (Scope) -> String

    /// For answers that never carry a challenge.
    static let none = MetadataLink(url: "", firstScopes: "", spelling: \.rawValue)
}

extension Problem {
    /// The answer of REST: `application/problem+json` (RFC 9457) with `code` and `request_id` added.
    /// - Parameter forOpenAIClients: Adds the member `error`, the only place from which they take the words they show.
    func response(requestID: String, metadataURL: MetadataLink, forOpenAIClients: Bool = false) -> HTTPResponse {
        let body = document(requestID: requestID, forOpenAIClients: forOpenAIClients)
        var response = HTTPResponse(
            status: status, headers: ["Content-Type": "application/problem+json", "Cache-Control": "no-store"],
            body: .bytes(body))
        addHeaders(to: &response.headers, metadataURL: metadataURL)
        return response
    }

    /// The JSON of such an answer.
    func document(requestID: String, forOpenAIClients: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "about:blank")
        writer.member("title", title)
        writer.member("status", status)
        writer.member("detail", detail)
        writer.member("code", code)
        writer.member("request_id", requestID)
        if forOpenAIClients {
            writer.key("error")
            writer.beginObject()
            writer.member("message", detail)
            writer.member("type", status < 500 ? "invalid_request_error" : "server_error")
            writer.key("param")
            writer.null()
            writer.member("code", code)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    /// The header fields that belong to the status: the challenge of 401 and 403, `Retry-After`, `Allow`.
    func addHeaders(to headers: inout HTTPHeaders, metadataURL: MetadataLink) {
        if let challenge = challenge(metadataURL) { headers.set("WWW-Authenticate", challenge) }
        if let retryAfter { headers.set("Retry-After", String(retryAfter.retryAfterSeconds)) }
        if !allowedMethods.isEmpty { headers.set("Allow", allowedMethods.joined(separator: ", ")) }
    }

    /// RFC 6750 with RFC 9728: what was wrong first, then where to learn how to get a credential.
    ///
    /// Clients look parameters up by pattern, so no description may hold `name=`.
    private func challenge(_ link: MetadataLink) -> String? {
        let metadata = "resource_metadata=\"\(link.url)\""
        let scope = link.firstScopes.isEmpty ? "" : ", scope=\"\(link.firstScopes)\""
        switch code {
        case "authentication_required": return "Bearer \(metadata)\(scope)"
        case "invalid_token":
            let description = detail.filter { $0 != "\"" && $0 != "\\" && $0 != "=" && $0.isASCII }
            return "Bearer error=\"invalid_token\", error_description=\"\(description)\", \(metadata)\(scope)"
        case "insufficient_scope":
            let needed = link.spelling(neededScope ?? .search)
            return "Bearer error=\"insufficient_scope\", scope=\"\(needed)\", \(metadata)"
        default: return nil
        }
    }
}
