import BM25
import Columns
import IndexCore
import TenantStore

/// What a request's filter leaves of one collection, evaluated once.
struct MetadataScope {
    let collection: CollectionSnapshot
    /// Documents that pass, live or not; nil without a filter.
    private let passing: DocumentSelection?
    /// Passages of documents that take part; nil where all do.
    private let participants: IDSet?
    /// Their passages, for both legs; nil where all may be answered.
    let passages: IDSet?

    init(
        _ collection: CollectionSnapshot, filter: FilterExpression?, excluded: [ExcludedDocument] = [],
        deadline: SearchDeadline
    ) throws {
        self.collection = collection
        passing = try filter.map { try collection.columns.documents(passing: $0, deadline: deadline) }
        participants = excluded.rest(of: collection)
        guard let selected = passing?.passages else {
            passages = participants
            return
        }
        passages = participants.map { selected.intersection($0) } ?? selected
    }

    /// The live documents that pass.
    var documents: DocumentSelection {
        var documents = passing ?? collection.columns.documents(live: collection.live)
        documents.formIntersection(participants ?? collection.live)
        return documents
    }

    /// The fields and filters of a request that can find nothing in a collection, in words.
    static func faults(_ request: MetadataRequest, in collection: CollectionSnapshot) -> [String] {
        let catalog = collection.columns.catalog
        var faults = (request.filter.map { catalog.faults(of: $0) } ?? []).map { "filter: \($0)" }
        faults += request.facets.compactMap { collection.columns.fault(of: $0).map { "facets: \($0)" } }
        let known = { (field: String) in catalog.type(of: field) != nil }
        faults += request.sort.filter { !known($0.field) }.map { "sort: no document has a field \($0.field)" }
        if let distinct = request.distinct, !known(distinct) {
            faults.append("distinct: no document has a field \(distinct)")
        }
        return faults.map { "\($0) (collection \(collection.record.name))" }
    }
}
