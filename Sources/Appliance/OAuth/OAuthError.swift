import HTTPServer
import JSON

/// Why the token endpoint gives no token (RFC 6749 section 5.2, RFC 8707 section 2).
struct OAuthError: Error, Equatable {
    /// The words of the standards.
    enum Code: String {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
        case invalidTarget = "invalid_target"
        case temporarilyUnavailable = "temporarily_unavailable"
    }

    let code: Code
    /// Printable ASCII without quotes and backslashes, as the standard asks.
    let description: String
    /// HTTP status.
    var status = 400
    /// When to come again.
    var retryAfter: Duration?

    init(_ code: Code, _ description: String, status: Int = 400) {
        self.code = code
        self.description = description
        self.status = status
    }

    /// A client that did not prove who it is; the same for every reason.
    static let invalidClient = OAuthError(
        .invalidClient, "client_id and client_secret fit no client of this box that is still good", status: 401)

    /// An address that sent too many credentials that fit nobody.
    static func tooManyRefusals(retryAfter wait: Duration) -> OAuthError {
        var error = OAuthError(
            .temporarilyUnavailable,
            "this address sent too many credentials that are not valid; try again in \(wait.retryAfterSeconds) s",
            status: 429)
        error.retryAfter = wait
        return error
    }

    /// The rate of the tenant, or of the user inside it, is used up.
    static func rateLimited(retryAfter wait: Duration) -> OAuthError {
        var error = OAuthError(
            .temporarilyUnavailable, "the rate of this tenant is used up; try again in \(wait.retryAfterSeconds) s",
            status: 429)
        error.retryAfter = wait
        return error
    }

    /// The answer, which no cache keeps.
    var response: HTTPResponse {
        var response = HTTPResponse.json(status: status) { writer in
            writer.beginObject()
            writer.member("error", code.rawValue)
            writer.member("error_description", description)
            writer.endObject()
        }
        response.headers.set("Pragma", "no-cache")
        if status == 401 { response.headers.set("WWW-Authenticate", #"Basic realm="carrel""#) }
        if let retryAfter { response.headers.set("Retry-After", String(retryAfter.retryAfterSeconds)) }
        return response
    }
}
