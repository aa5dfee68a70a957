/// Why a credential was refused.
///
/// Holds only names of our own vocabulary, so it may be shown and logged.
public enum CredentialRejection: Error, Equatable, Sendable {
    /// Not three parts of canonical base64url holding JSON objects, or longer than 8 KiB, or a member is named twice.
    case malformed
    /// The header's `alg` is none of those taken, each spelled exactly so.
    case algorithm
    /// The header names or carries a key of its own, or asks for extensions.
    case forbiddenHeader(String)
    /// The header has no `kid`, or one that is not an active key of this box.
    case unknownKey
    /// The signature does not match.
    case signature
    /// `exp` has passed, leeway included.
    case expired
    /// `nbf` or `iat` lies ahead, leeway included.
    case notYetValid
    /// `iss` is not this box.
    case issuer
    /// `aud` names neither this box nor an accepted resource.
    case audience
    /// A claim is missing or has the wrong type or form; names the claim.
    case claims(String)
}

extension CredentialRejection: CustomStringConvertible {
    /// A short sentence for `error_description`: printable ASCII without quotes, and never `name=value`.
    public var description: String {
        switch self {
        case .malformed: "The token is malformed"
        case .algorithm: "The token is not signed by an algorithm that is taken here"
        case .forbiddenHeader(let name): "The token header holds \(name), which is refused"
        case .unknownKey: "The token is signed with an unknown key"
        case .signature: "The token signature does not match"
        case .expired: "The token has expired"
        case .notYetValid: "The token is not valid yet"
        case .issuer: "The token was issued by someone else"
        case .audience: "The token is meant for another service"
        case .claims(let name): "The token claim \(name) is missing or not valid"
        }
    }
}
