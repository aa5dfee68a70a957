package import TenantStore

/// What is known of a collection's rankings: which of them hybrid searches go without, and why.
package struct LegStates: Sendable, Hashable {
    private var records: [Place: LegRecord] = [:]

    private struct Place: Hashable, Comparable {
        var leg: LegName
        var space: String

        static func < (a: Place, b: Place) -> Bool { (a.leg.rawValue, a.space) < (b.leg.rawValue, b.space) }
    }

    package init(_ records: [LegRecord] = []) {
        for record in records { self.records[Place(leg: record.leg, space: record.space)] = record }
    }

    /// What is known of one ranking; where nothing is, the record of one that nobody looked at.
    ///
    /// - Parameter space: The vector space; empty for keywords.
    package subscript(leg: LegName, space: String) -> LegRecord {
        get { records[Place(leg: leg, space: space)] ?? LegRecord(leg: leg, space: space) }
        set { records[Place(leg: leg, space: space)] = newValue }
    }

    package mutating func forget(space: String) {
        records[Place(leg: .vector, space: space)] = nil
    }

    /// Whether no ranking is off.
    package var areAllOn: Bool { records.isEmpty || !records.values.contains(where: \.isOff) }

    /// Names what answers depend on: the rankings that are off, and by whom; empty where none is.
    package var fingerprint: String {
        guard !areAllOn else { return "" }
        return records.filter(\.value.isOff).sorted { $0.key < $1.key }
            .map { ":-\($0.key.leg.rawValue)@\($0.key.space)=\($0.value.rule.rawValue)" }.joined()
    }
}

extension LegRecord {
    /// A ranking that finds fewer of the documents it is asked for by their own words is broken: healthy ones find from
    /// 28 to 100 of 100, shuffled and random ones at most 3.
    static let passingShare = 0.10

    /// What share of the documents the last probe found; nil before the first.
    var share: Double? { probed > 0 ? Double(found) / Double(probed) : nil }

    /// Whether the last probe failed.
    var isFailing: Bool { share.map { $0 < Self.passingShare } ?? false }

    /// Whether hybrid searches go without it.
    package var isOff: Bool {
        switch rule {
        case .auto: isFailing
        case .on: false
        case .off: true
        }
    }
}

/// The rankings that one search goes without because they are off, and what it says about that.
package struct LegsLeftOut: Sendable, Equatable {
    package var keyword = false
    package var vector = false
    /// Nil where every ranking is on.
    package var warning: String?

    /// Memberwise.
    package init(keyword: Bool = false, vector: Bool = false, warning: String? = nil) {
        self.keyword = keyword
        self.vector = vector
        self.warning = warning
    }
}

extension LegStates {
    /// What a search in hybrid mode goes without.
    ///
    /// Of two rankings that are off neither is left out, nor is the only one that can run: what is left is better than
    /// nothing, and the answer says so. A search that asks for one ranking alone gets it.
    /// - Parameters:
    ///   - space: The vector space that can be searched; nil where there is none.
    ///   - collection: The collection's name, for the warning.
    package func leftOut(of mode: SearchRequest.Mode, space: String?, collection: String) -> LegsLeftOut {
        guard !areAllOn, mode == .hybrid else { return LegsLeftOut() }
        let keyword = self[.bm25, ""]
        let vector = space.map { self[.vector, $0] }
        func why(_ record: LegRecord) -> String {
            record.rule == .off ? "is switched off" : "is switched off: it failed its probe"
        }
        switch (keyword.isOff, vector?.isOff) {
        case (true, true?):
            return LegsLeftOut(
                warning: "both rankings of collection \(collection) are switched off; it is answered by both all the "
                    + "same")
        case (true, nil):
            return LegsLeftOut(
                warning: "the ranking by words of collection \(collection) \(why(keyword)); it is answered by it all "
                    + "the same, being the only one that ran")
        case (true, false?):
            return LegsLeftOut(
                keyword: true,
                warning: "the ranking by words of collection \(collection) \(why(keyword)); its answer is by meaning "
                    + "alone")
        case (false, true?):
            return LegsLeftOut(
                vector: true,
                warning: "the ranking by meaning of collection \(collection) \(vector.map(why) ?? ""); its answer is "
                    + "by keywords alone")
        case (false, false?), (false, nil): return LegsLeftOut()
        }
    }
}
