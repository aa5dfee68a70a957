import BM25
import TenantStore

extension WriterState {
    /// Who the audit chain says it was, where nobody asked.
    private static let ownName = "carrel"

    /// Keeps what a probe found; a ranking that goes off or comes back by it leaves a row in the audit chain.
    ///
    /// What could not be probed keeps what was found before, so that a ranking never comes back because nobody could look.
    /// What was found in a keyword index that has been replaced since says nothing of the present one, and is let go.
    /// - Parameters:
    ///   - nextPassage: The collection's next passage id when it was looked at.
    ///   - index: ``BM25Parameters/fingerprint`` of the keyword index that was asked.
    /// - Returns: The rankings that went off or came back.
    mutating func note(
        _ findings: [LegFinding], of collection: UInt32, nextPassage: UInt32, index: UInt64, at time: Int64
    ) throws -> [LegRecord] {
        guard let name = name(of: collection), var state = collections[name], state.isStored else { return [] }
        var switched: [LegRecord] = []
        var records: [LegRecord] = []
        for finding in findings where finding.leg == .bm25 || state.spaces[finding.space] != nil {
            if finding.leg == .bm25, index != state.settings.parameters.fingerprint { continue }
            let before = state.legs[finding.leg, finding.space]
            var record = before
            if finding.obstacle == nil { (record.probed, record.found) = (finding.probed, finding.found) }
            (record.probedAt, record.nextPassage) = (time, nextPassage)
            if record.isOff != before.isOff { switched.append(record) }
            records.append(record)
            state.legs[finding.leg, finding.space] = record
        }
        try writer.transaction {
            for record in records { try writer.saveLeg(record, of: collection) }
            try writer.appendAudit(
                switched.map { record in
                    AuditRow(
                        time: time, requestID: "", user: Self.ownName, credentialID: "", operation: "leg.probe",
                        target: Self.target(name, record), outcome: record.isOff ? "off" : "on")
                })
        }
        collections[name] = state
        return switched
    }

    /// Keeps what somebody decided about a ranking.
    mutating func decide(
        _ leg: LegName, _ space: String, _ rule: LegRule, of collection: UInt32, options: WriteOptions
    ) throws {
        guard let name = name(of: collection), var state = collections[name], state.isStored else { return }
        var record = state.legs[leg, space]
        record.rule = rule
        state.legs[leg, space] = record
        try writer.transaction {
            try writer.saveLeg(record, of: collection)
            try writer.appendUsage(options.usage.map { [$0] } ?? [])
            try writer.appendAudit(options.audit.map { [$0] } ?? [])
        }
        collections[name] = state
    }

    private static func target(_ collection: String, _ record: LegRecord) -> String {
        "\(collection)/\(record.leg.rawValue)" + (record.space.isEmpty ? "" : "/\(record.space)")
    }
}
