import Access
import HTTPServer
import JSON
import TenantStore

/// `/v1/collections/{name}/legs`, and `/v1/collections/{name}:probe`, which asks them.
enum LegRoutes {
    static func readName(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("name") }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        return try answer(engine, context, name)
    }

    static func probe(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let findings = try await engine.probeLegs(of: name)
        return try answer(engine, context, name, findings)
    }

    static func readChange(_ exchange: Exchange) async throws -> TenantEngine.LegDecision {
        let name = try exchange.soleParameter("name")
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let leg = try fields.choice("leg", of: LegName.allCases)
        let rule = try fields.choice("rule", of: LegRule.allCases)
        let space = try fields.text("space", limit: 255)
        try fields.finish()
        guard let leg else { throw ApplianceError.invalidArgument(name: "leg", reason: "is required: bm25 or vector") }
        guard let rule else {
            throw ApplianceError.invalidArgument(name: "rule", reason: "is required: auto, on or off")
        }
        guard space == nil || leg == .vector else {
            throw ApplianceError.invalidArgument(name: "space", reason: "belongs to leg vector alone")
        }
        return TenantEngine.LegDecision(
            collection: name, leg: leg, space: space, rule: rule, byteCount: name.utf8.count)
    }

    static func change(
        _ appliance: SearchAppliance, _ context: RequestContext, _ decision: TenantEngine.LegDecision
    ) async throws -> HTTPResponse {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let place = [decision.collection, decision.leg.rawValue, decision.space].compactMap { $0 }
            .joined(separator: "/")
        try await engine.decide(
            decision,
            options: context.writeOptions(
                target: "\(place)=\(decision.rule.rawValue)", byteCount: decision.byteCount))
        context.tally.update { $0.isRecorded = true }
        return try answer(engine, context, decision.collection)
    }

    private static func answer(
        _ engine: TenantEngine, _ context: RequestContext, _ name: String, _ findings: [LegFinding] = []
    ) throws -> HTTPResponse {
        let snapshot = engine.published.current
        guard let collection = snapshot.collection(named: name) else {
            throw ApplianceError.unknownCollection(name: name, existing: snapshot.collections.map(\.record.name))
        }
        let usual = collection.usualSpace(earlier: engine.services.earlierSpace)?.name
        context.tally.update { $0.resultCount = 1 + collection.spaces.count }
        return .json { writer in
            writer.beginObject()
            writer.member("collection", name)
            writer.key("legs")
            writer.beginArray()
            write(
                collection.legs[.bm25, ""], obstacle: findings.first { $0.leg == .bm25 }?.obstacle, to: &writer
            ) { _ in }
            for space in collection.spaces {
                let place = AgreementAlarm.Place(collection: collection.record.id, space: space.name)
                let obstacle = findings.first { $0.leg == .vector && $0.space == space.name }?.obstacle
                write(collection.legs[.vector, space.name], obstacle: obstacle, to: &writer) { writer in
                    writer.member("space", space.name)
                    writer.member("is_default", space.name == usual)
                    guard let window = engine.legWatch.alarm.window(of: place), let mean = window.mean else { return }
                    writer.member("agreement", mean)
                    writer.member("agreement_searches", window.count)
                }
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func write(
        _ leg: LegRecord, obstacle: String?, to writer: inout JSONWriter, more: (inout JSONWriter) -> Void
    ) {
        writer.beginObject()
        writer.member("leg", leg.leg.rawValue)
        more(&writer)
        writer.member("state", leg.isOff ? "off" : "on")
        writer.member("rule", leg.rule.rawValue)
        if leg.share != nil {
            writer.member("probed", leg.probed)
            writer.member("found", leg.found)
            writer.member("probed_at", Timestamp(milliseconds: leg.probedAt).description)
        }
        if let obstacle { writer.member("not_probed", obstacle) }
        writer.endObject()
    }
}
