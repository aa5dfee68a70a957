package import Access
import JSON

/// Who handed work over, as it is kept with the work: enough to see later whether they still may.
///
/// The tenant is not in it: the work lies in the tenant's own file.
package struct StoredCaller: Sendable, Hashable {
    package let userID: String
    package let credentialID: String
    package let credentialKind: CredentialKind
    package let scopes: ScopeSet
    /// The OAuth client that the token was issued to.
    package let clientID: String?
    /// Of the call that handed it over.
    package let requestID: String
    package let traceparent: String
    package let costLabel: String?

    /// The caller of an operation.
    init(_ context: RequestContext) {
        userID = context.userID
        credentialID = context.credentialID
        credentialKind = context.credentialKind
        scopes = context.scopes
        clientID = context.clientID
        requestID = context.requestID
        traceparent = context.trace.traceparent
        costLabel = context.costLabel
    }

    /// Reads what ``json`` wrote.
    /// - Parameter userID: The owner of the work.
    /// - Throws: ``ApplianceError/corrupt(what:)``.
    init(_ json: JSONValue, userID: String) throws {
        guard let credentialID = json["credential"]?.stringValue,
            let kind = json["kind"]?.stringValue.flatMap(CredentialKind.init(rawValue:)),
            let scopes = json["scopes"]?.stringValue.flatMap({ try? ScopeSet(parsing: $0) })
        else { throw ApplianceError.corrupt(what: "the caller of a task") }
        self.userID = userID
        self.credentialID = credentialID
        credentialKind = kind
        self.scopes = scopes
        clientID = json["client"]?.stringValue
        requestID = json["request"]?.stringValue ?? ""
        traceparent = json["trace"]?.stringValue ?? ""
        costLabel = json["label"]?.stringValue
    }

    /// The form in which it is kept; no secret is in it.
    var json: JSONValue {
        var object: JSONObject = [
            "credential": .string(credentialID), "kind": .string(credentialKind.rawValue),
            "scopes": .string(scopes.description), "request": .string(requestID), "trace": .string(traceparent),
        ]
        object["client"] = clientID.map { .string($0) }
        object["label"] = costLabel.map { .string($0) }
        return .object(object)
    }
}
