/// Something a stream can be asked to watch.
package enum WatchedResource: Hashable, Sendable {
    /// A collection: its documents or its existence.
    case collection(String)
    /// A document, its passages included.
    case document(WriteBatch.Key)
    /// What a provider outside the store announces by its own address.
    case other(String)
}

/// What one commit of a tenant changed, as watchers understand it.
package struct TenantChange: Sendable {
    /// Documents added, replaced or deleted.
    var documents: [WriteBatch.Key] = []
    /// Collections whose documents changed, and those that came or went.
    var collections: Set<String> = []
    /// Collections that are gone, with all their documents.
    var dropped: Set<String> = []
    /// Whether a collection came or went.
    var changesList = false

    /// - Parameters:
    ///   - before: Names of the collections before the commit.
    ///   - after: Names behind it.
    package init(documents: [WriteBatch.Key], before: Set<String>, after: Set<String>) {
        self.documents = documents
        dropped = before.subtracting(after)
        let moved = before.symmetricDifference(after)
        collections = Set(documents.map(\.collection)).union(moved)
        changesList = !moved.isEmpty
    }

    var isEmpty: Bool { collections.isEmpty }
}
