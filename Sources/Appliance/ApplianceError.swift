package import Access

/// Everything that can go wrong in the composition, grouped by who must act.
///
/// Cases carry data; the words for a client are made in one place, `ErrorMapping.swift`, which also knows status and codes. Errors of the
/// engines below travel as they are and are mapped there too.
package enum ApplianceError: Error, Sendable, Equatable {
    // MARK: The caller must act: credentials

    /// No `Authorization: Bearer` header.
    case credentialMissing
    /// The credential is not valid; the reason is short and safe to show.
    case credentialRefused(reason: String)
    /// Too many refused credentials from this address within a minute.
    case tooManyRefusals(retryAfter: Duration)
    /// The credential is valid and lacks a scope.
    case scopeMissing(Scope)
    /// The tenant is suspended by the operator.
    case tenantSuspended(name: String)
    /// The tenant's rate, or the user's inside the tenant, is used up.
    case rateLimited(retryAfter: Duration)

    /// The credential has as many event streams open as it may.
    case tooManyStreams(limit: Int)

    // MARK: The caller must act: the request

    /// The `Host` header names no host this box answers for.
    case hostNotServed
    /// The `Origin` header names an origin that may not call.
    case originNotAllowed
    case routeNotFound
    case methodNotAllowed(allowed: [String])
    case unsupportedMediaType(expected: String)
    case malformedJSON(offset: Int, reason: String)
    /// A field, argument or parameter; `reason` completes the sentence "`name` …".
    case invalidArgument(name: String, reason: String)
    /// Arguments of a tool against its published schema: one sentence each.
    case invalidArguments([String])
    case payloadTooLarge(limit: Int)
    case invalidCursor
    /// A search or delete named a collection that does not exist.
    case unknownCollection(name: String, existing: [String])
    /// The collection has no vector space of this name.
    case unknownSpace(name: String, collection: String, existing: [String])
    /// Several collections exist and the call names none.
    case noCollectionChosen(existing: [String])
    case collectionExists(name: String)
    /// The collection has given out all of its passage numbers.
    case collectionFull(name: String)
    /// A collection keeps what it was made with, for example `passages`.
    case collectionSettingsConflict(collection: String, setting: String, existing: String)
    /// The id exists in several collections and the call names none.
    case ambiguousDocument(id: String, collections: [String])
    case documentNotFound(id: String)
    /// The receipt is not of this tenant.
    case receiptUnknown
    /// The document is another version than `If-Match` or `If-None-Match` lets pass, or is or is not there.
    case preconditionFailed(id: String, exists: Bool)
    /// The settings are others than `If-Match` or `If-None-Match` lets pass.
    case settingsChanged(collection: String)
    /// No upload of this name is known to this user.
    case jobNotFound(id: String)
    /// A named upload would go on behind lines that were never committed.
    case uploadGap(name: String, committedLines: Int)
    /// A named upload began for another collection.
    case uploadConflict(name: String, collection: String)
    /// Another connection goes on with the upload.
    case uploadTakenOver(name: String)
    /// The embeddings of this model are not made here.
    case modelNotFound(name: String, existing: String)
    case tenantNotFound(name: String)
    case tenantExists(name: String)
    /// The user has as many tasks under way as they may have.
    case tooManyTasks(limit: Int)
    /// The idempotency key stands for another request.
    case idempotencyKeyReused

    // MARK: The caller may try again

    /// A bounded queue is full.
    case busy(retryAfter: Duration)
    /// The operation did not end within its time.
    case timeout(after: Duration)
    /// The caller went away.
    case cancelled
    /// The identity provider's keys have not been had since the start, so its tokens cannot be judged.
    case identityProviderUnavailable(issuer: String)
    /// The appliance is draining.
    case shuttingDown

    // MARK: The operator must act

    /// No embedding model is installed.
    case noModel
    /// No room on the disk; nothing of the call was kept.
    case storageFull
    /// The data folder or the file cannot be written.
    case readOnly
    /// Usage and audit rows cannot be recorded, so nothing that needs them may run.
    case recordsBlocked(retryAfter: Duration)
    /// Another process holds the data folder.
    case dataFolderHeld(by: String)
    /// The configuration is wrong; `source` names the file, variable or flag.
    case configuration(source: String, key: String, reason: String)
    /// `serve` refuses to listen there.
    case listenRefused(reason: String)

    // MARK: We must act

    /// Stored bytes are not what was written; `what` names them for the log.
    case corrupt(what: String)
    /// A broken promise of our own; the text is for the log alone.
    case internalFault(String)
}

extension ApplianceError {
    /// Whether the same call can succeed a moment later without any change.
    package var isTransient: Bool {
        switch self {
        case .busy, .timeout, .recordsBlocked, .shuttingDown, .identityProviderUnavailable: true
        default: false
        }
    }
}
