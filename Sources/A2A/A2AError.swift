/// What an A2A operation refuses, in the protocol's own terms (A2A.md section 3.1); codecs give it code, status and shape.
public enum A2AError: Error, Sendable, Hashable {
    /// No such task for this caller: unknown, purged, another user's or another tenant's, all the same.
    case taskNotFound(id: String)
    /// It has ended already.
    case taskNotCancelable(id: String)
    /// Push notifications are off.
    case pushNotSupported
    /// Not possible for this task or this server; one sentence why.
    case unsupportedOperation(String)
    /// A part's media type, or none of the accepted output modes.
    case contentTypeNotSupported(String)
    /// The skill gave what is no answer.
    case invalidAgentResponse
    /// There is no extended card.
    case extendedCardNotConfigured
    /// The card marks an extension as required that the call does not name.
    case extensionRequired(uri: String)
    /// Neither 1.0 nor 0.3, or one that does not fit the method.
    case versionNotSupported(requested: String)
    /// The parameters are wrong: path of the field, and what it must be.
    case invalidParams(field: String, reason: String)
}
