package import Columns
import JSON
import TenantStore

/// What the metadata of a document must be for a deletion to take it.
package enum DocumentCondition: Sendable {
    /// Every pair, as a top-level member with an equal value.
    case pairs(MetadataFilter)
    /// A filter, as searches take it.
    case filter(FilterExpression)

    /// Whether stored metadata, a JSON object, passes in a collection with these fields.
    func passes(_ metadata: [UInt8], _ catalog: FieldCatalog) throws -> Bool {
        switch self {
        case .pairs(let pairs): try pairs.passes(metadata)
        case .filter(let filter):
            filter.passes((try JSONValue(parsing: metadata).objectValue ?? [:]).columnEntries.entries, catalog)
        }
    }

    /// Refuses a filter that means nothing in one of the collections: turned round by a NOT it would mean everything.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``.
    func check(in collections: [CollectionSnapshot]) throws(ApplianceError) {
        guard case .filter(let filter) = self else { return }
        for collection in collections {
            guard let fault = collection.columns.catalog.faults(of: filter).first else { continue }
            throw .invalidArgument(
                name: "filter",
                reason: "does not fit collection \(collection.record.name): \(fault); nothing was deleted")
        }
    }
}
