package import Columns
package import IndexCore

/// What a request changes in the ranking that its words and their meaning make.
///
/// In this order: hidden documents take no part; boosts and decays multiply the fused score; the first are put anew by
/// another model; pinned documents go on top (docs/decisions/0102).
package struct Shaping: Sendable {
    /// Documents that pass a filter count more, or less.
    package struct Boost: Sendable {
        package var filter: FilterExpression
        package var factor: Double

        package init(_ filter: FilterExpression, factor: Double) {
            self.filter = filter
            self.factor = factor
        }
    }

    /// Documents count less the farther a value of theirs lies from another.
    package struct FieldDecay: Sendable {
        /// What distances are measured from, and so the type of the field.
        package enum Origin: Sendable, Hashable {
            case number(Double)
            /// In microseconds since 1970, as are scale and offset then.
            case date(FieldDate)
            /// The moment of the first page.
            case now

            var type: FieldType { if case .number = self { .number } else { .date } }
        }
        package var field: String
        package var origin: Origin
        package var decay: Decay
        /// What documents without a value count.
        package var missing = 1.0

        package init(field: String, origin: Origin, decay: Decay) {
            self.field = field
            self.origin = origin
            self.decay = decay
        }
    }

    package var boosts: [Boost] = []
    package var decays: [FieldDecay] = []
    /// Ids of documents that come first, in this order.
    package var pinned: [String] = []
    /// Ids of documents that take no part.
    package var hidden: [String] = []
    /// Whether another model puts the first documents into its order.
    package var reranks = false

    package init() {}

    package static let boostLimit = 16
    package static let factorRange = 0.0...100.0
    package static let decayLimit = 8
    package static let pinnedLimit = 50
    package static let hiddenLimit = 500

    /// Whether nothing is asked.
    var isEmpty: Bool { !weighs && !reranks && !namesDocuments }
    /// Whether documents are meant by their ids.
    var namesDocuments: Bool { !pinned.isEmpty || !hidden.isEmpty }
    /// Whether scores are multiplied.
    var weighs: Bool { !boosts.isEmpty || !decays.isEmpty }
    /// Whether places depend on the whole list, so that every page must be cut from the same one.
    var reorders: Bool { weighs || reranks }
    /// Whether the clock has a say.
    var looksAtClock: Bool { decays.contains { $0.origin == .now } }

    /// Puts the moment of the first page in the place of `now`.
    mutating func settle(at now: FieldDate) {
        for index in decays.indices where decays[index].origin == .now { decays[index].origin = .date(now) }
    }

    /// Checks what one member alone cannot show.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``.
    func validate(isSorted: Bool) throws(ApplianceError) {
        if isSorted, reorders {
            let name = !boosts.isEmpty ? "boosts" : !decays.isEmpty ? "decay" : "rerank"
            throw .invalidArgument(name: name, reason: "and sort exclude one another: each is an order")
        }
        let both = Set(pinned).intersection(hidden)
        if let id = both.min() {
            throw .invalidArgument(name: "pinned", reason: "and hidden both name \(id)")
        }
    }
}
