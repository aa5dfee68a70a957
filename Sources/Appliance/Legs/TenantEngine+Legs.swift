import BM25
import Embedding
import HNSW
import IndexCore
import Synchronization
import TenantStore

extension TenantEngine {
    /// A collection that a load may have changed.
    struct ProbeCandidate {
        var id: UInt32
        var name: String
        /// Whether as much came since the last probe as a load brings.
        var isDue: Bool
        /// Whether all of it is indexed.
        var isReady: Bool
    }

    /// Passages after which a collection is probed again: so many, or a fifth of it.
    private static let loadSize = 200

    /// The collections of enough documents.
    func collectionsToProbe() -> [ProbeCandidate] {
        published.current.collections.filter { $0.documentCount >= LegProbe.fewestDocuments }.map { collection in
            let step = max(Self.loadSize, collection.passageCount / 5)
            func grew(_ leg: LegRecord) -> Bool {
                leg.probedAt == 0 || Int(collection.record.nextPassage) - Int(leg.nextPassage) >= step
            }
            let space = collection.usualSpace(earlier: services.earlierSpace)
            let asked = space.flatMap { space in
                embeddingService(of: space.name) != nil && space.embeddedCount > 0 ? space : nil
            }
            return ProbeCandidate(
                id: collection.record.id, name: collection.record.name,
                isDue: grew(collection.legs[.bm25, ""])
                    || asked.map { grew(collection.legs[.vector, $0.name]) } == true,
                isReady: collection.unindexedCount == 0 && collection.reindexing == nil
                    && (services.embedder == nil || collection.waitingCount == 0)
                    && asked.map { $0.missingCount == 0 && $0.rebuilding == nil } != false)
        }
    }

    /// Who turns texts into vectors of a space when no query needs the processor; nil where no loaded model does.
    private func embeddingService(of space: String) -> EmbeddingService? {
        if space == services.modelSpace.name { return services.embedder }
        return space == services.earlierSpace ? services.earlierEmbedder : nil
    }

    /// How many rankings are off, by name.
    var legsOff: [LegName: Int] {
        var counts: [LegName: Int] = [:]
        for collection in published.current.collections where !collection.legs.areAllOn {
            let space = collection.usualSpace(earlier: services.earlierSpace)?.name ?? ""
            if collection.legs[.bm25, ""].isOff { counts[.bm25, default: 0] += 1 }
            if collection.legs[.vector, space].isOff { counts[.vector, default: 0] += 1 }
        }
        return counts
    }

    /// Probes both rankings of a collection and keeps what was found.
    ///
    /// Everything runs behind searches and writes: reading and searching on a thread of niceness 19, embedding as texts of
    /// documents.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``; what the engines throw.
    package func probeLegs(of name: String) async throws -> [LegFinding] {
        guard let collection = published.current.collection(named: name) else {
            throw ApplianceError.unknownCollection(
                name: name, existing: published.current.collections.map(\.record.name))
        }
        return try await legWatch.run(collection.record.id)
    }

    /// The probe itself; ``LegWatch/run(_:)`` sees to it that one runs at a time.
    func probeNow(_ id: UInt32) async throws -> [LegFinding] {
        guard let collection = published.current.collections.first(where: { $0.record.id == id }) else { return [] }
        let space = collection.usualSpace(earlier: services.earlierSpace)
        guard collection.documentCount >= LegProbe.fewestDocuments else {
            let obstacle = "the collection has fewer than \(LegProbe.fewestDocuments) documents"
            return [
                LegFinding(leg: .bm25, space: "", obstacle: obstacle),
                LegFinding(leg: .vector, space: space?.name ?? "", obstacle: obstacle),
            ]
        }
        let deadline = SearchDeadline(instant: nil) { [legWatch] in legWatch.isStopped }
        let probe = try await services.probes.run { [readers] in
            try readers.read { try LegProbe.choose(from: collection, $0) }
        }
        guard probe.questions.count >= LegProbe.fewestQuestions else {
            let obstacle =
                "only \(probe.questions.count) of the documents looked at begin differently; \(LegProbe.fewestQuestions) are needed"
            let findings = [
                LegFinding(leg: .bm25, space: "", obstacle: obstacle),
                LegFinding(leg: .vector, space: space?.name ?? "", obstacle: obstacle),
            ]
            try await keep(findings, of: collection)
            return findings
        }
        let keywords = try await services.probes.run { try probe.askKeywords(collection, deadline: deadline) }
        let findings = [keywords, try await askVectors(probe, space, of: collection, deadline)]
        try await keep(findings, of: collection)
        return findings
    }

    private func askVectors(
        _ probe: LegProbe, _ space: SpaceSnapshot?, of collection: CollectionSnapshot, _ deadline: SearchDeadline
    ) async throws -> LegFinding {
        guard let space, let embedder = embeddingService(of: space.name) else {
            let isCallers = space.map { !SpaceName.isModels($0.name) } ?? false
            let obstacle =
                services.embedder == nil && !isCallers
                ? "no embedding model is installed that could turn its questions into vectors"
                : "the vectors of its space are callers' own, or of a model that is not loaded: only they can ask it"
            return LegFinding(leg: .vector, space: space?.name ?? "", obstacle: obstacle)
        }
        let asked = probe.questions.indices.filter { space.embedded.contains(probe.questions[$0].document) }
        guard asked.count >= LegProbe.fewestQuestions else {
            return LegFinding(
                leg: .vector, space: space.name,
                obstacle: "only \(asked.count) of the documents looked at have a vector; "
                    + "\(LegProbe.fewestQuestions) are needed")
        }
        var vectors = [[Float]?](repeating: nil, count: probe.questions.count)
        for start in stride(from: 0, to: asked.count, by: VectorBackfill.embedSize) {
            let part = asked[start..<min(asked.count, start + VectorBackfill.embedSize)]
            let made = try await embedder.embedPassages(part.map { probe.questions[$0].text })
            for (place, embedded) in zip(part, made) { vectors[place] = embedded.vector }
        }
        return try await services.probes.run { [vectors] in
            try probe.askVectors(vectors, in: space, of: collection, deadline: deadline)
        }
    }

    /// Commits what a probe found, and tells of rankings that went off or came back.
    private func keep(_ findings: [LegFinding], of collection: CollectionSnapshot) async throws {
        let switched = Mutex<[LegRecord]>([])
        try await step { state in
            let changed = try state.note(
                findings, of: collection.record.id, nextPassage: collection.record.nextPassage,
                index: collection.keywords.parameters.fingerprint, at: Timestamp.now.milliseconds)
            switched.withLock { $0 = changed }
        }
        for finding in findings {
            let record = LegRecord(leg: finding.leg, probed: finding.probed, found: finding.found)
            services.legLedger.count(record.share == nil ? .open : record.isFailing ? .failed : .passed)
        }
        let changed = switched.withLock { $0 }
        for record in changed {
            log.warning(
                record.isOff ? "ranking switched off" : "ranking switched on",
                [
                    "tenant_id": tenant, "collection": collection.record.name, "ranking": record.leg.rawValue,
                    "space": record.space, "found": "\(record.found)", "probed": "\(record.probed)",
                ])
        }
        legWatch.noteStates(changed: changed.isEmpty ? nil : collection.record.id)
        // What became due meanwhile took this probe for its own.
        legWatch.look()
    }

    /// What somebody decides about one ranking.
    struct LegDecision: Sendable {
        var collection: String
        var leg: LegName
        /// Nil for the space that searches use.
        var space: String?
        var rule: LegRule
        var byteCount = 0
    }

    /// Switches a ranking by hand.
    ///
    /// Durable when it returns.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``,
    ///   ``ApplianceError/unknownSpace(name:collection:existing:)``.
    func decide(_ decision: LegDecision, options: WriteOptions = WriteOptions()) async throws {
        let snapshot = published.current
        guard let collection = snapshot.collection(named: decision.collection) else {
            throw ApplianceError.unknownCollection(
                name: decision.collection, existing: snapshot.collections.map(\.record.name))
        }
        let usual = collection.usualSpace(earlier: services.earlierSpace)?.name ?? ""
        let space = decision.leg == .vector ? decision.space ?? usual : ""
        if decision.leg == .vector, collection.space(named: space) == nil {
            throw ApplianceError.unknownSpace(
                name: space, collection: decision.collection, existing: collection.spaces.map(\.name))
        }
        try await step { state in
            try state.decide(decision.leg, space, decision.rule, of: collection.record.id, options: options)
        }
        legWatch.noteStates(changed: collection.record.id)
    }
}
