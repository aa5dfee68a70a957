import Columns
import IndexCore
import TenantStore

/// What boosts and decays of one request make of the documents of one collection.
struct DocumentWeights {
    /// What one document counts, part by part, in the order of the request.
    struct Weight {
        struct Fall {
            /// What was measured from; nil where the field is of another type.
            var origin: FieldKey?
            /// The nearest of the document's values; nil where it has none.
            var value: FieldKey?
            /// From the origin, in the unit of the field (microseconds for dates).
            var distance: Double?
            var factor: Double
        }
        /// Whether each boost applies.
        var boosts: [Bool]
        var falls: [Fall]
        /// All of it multiplied, boosts first.
        var factor: Double
    }

    private let shaping: Shaping
    private let columns: ColumnSnapshot
    /// By boost: which of the documents pass.
    private let passing: [IDSet]
    /// By decay: what distances are measured from; nil where the field is of another type and nothing is changed.
    private let origins: [FieldKey?]

    /// - Parameters:
    ///   - documents: That will be asked about.
    ///   - now: What the clock said at the first page.
    /// - Complexity: Of each boost's filter over the collection.
    init(
        _ shaping: Shaping, _ columns: ColumnSnapshot, among documents: IDSet, now: FieldDate, deadline: SearchDeadline
    ) throws {
        self.shaping = shaping
        self.columns = columns
        passing = try shaping.boosts.map { boost in
            var selection = try columns.documents(passing: boost.filter, deadline: deadline)
            selection.formIntersection(documents)
            var ids = IDSet()
            for document in selection.documents { ids.insert(document) }
            return ids
        }
        origins = shaping.decays.map { decay in
            guard columns.catalog.type(of: decay.field) == decay.origin.type else { return nil }
            return switch decay.origin {
            case .number(let number): FieldNumber(double: number).map { .number($0) }
            case .date(let date): .date(date)
            case .now: .date(now)
            }
        }
    }

    func weight(of document: PassageID) -> Weight {
        var weight = Weight(boosts: passing.map { $0.contains(document) }, falls: [], factor: 1)
        for (boost, applies) in zip(shaping.boosts, weight.boosts) where applies { weight.factor *= boost.factor }
        for (decay, origin) in zip(shaping.decays, origins) {
            let fall = fall(of: document, by: decay, from: origin)
            weight.factor *= fall.factor
            weight.falls.append(fall)
        }
        return weight
    }

    private func fall(
        of document: PassageID, by decay: Shaping.FieldDecay, from origin: FieldKey?
    ) -> Weight.Fall {
        guard let origin else { return Weight.Fall(factor: 1) }
        let distances = columns.values(of: decay.field, in: document).compactMap { value in
            Self.distance(of: value, from: origin).map { (value, $0) }
        }
        guard let (value, distance) = distances.min(by: { $0.1 < $1.1 }) else {
            return Weight.Fall(origin: origin, factor: decay.missing)
        }
        return Weight.Fall(
            origin: origin, value: value, distance: distance, factor: decay.decay.value(at: distance))
    }

    private static func distance(of value: FieldKey, from origin: FieldKey) -> Double? {
        switch (value, origin) {
        case (.number(let value), .number(let origin)): abs(value.nearest - origin.nearest)
        case (.date(let value), .date(let origin)):
            abs(Double(value.microseconds) - Double(origin.microseconds))
        default: nil
        }
    }
}

extension Shaping {
    /// What of the boosts and decays can change nothing in a collection, in words.
    func faults(in collection: CollectionSnapshot) -> [String] {
        let catalog = collection.columns.catalog
        var faults: [String] = []
        for (index, boost) in boosts.enumerated() {
            faults += catalog.faults(of: boost.filter).map { "boosts[\(index)]: \($0)" }
        }
        for (index, decay) in decays.enumerated() {
            guard let type = catalog.type(of: decay.field) else {
                faults.append("decay[\(index)]: no document has a field \(decay.field)")
                continue
            }
            if type != decay.origin.type {
                faults.append(
                    "decay[\(index)]: field \(decay.field) is of type \(type.rawValue), not "
                        + decay.origin.type.rawValue)
            }
        }
        return faults.map { "\($0) (collection \(collection.record.name))" }
    }
}
