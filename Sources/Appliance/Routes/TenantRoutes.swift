import Access
import HTTPServer
import JSON
import TenantStore

/// `/v1/admin/tenants`: what `carrel tenant` does, for the operator.
enum TenantRoutes {
    struct Creation: Sendable {
        var name: TenantName
        var tier: Tier
        var ratePerMinute: Double?
        var burst: Int?
    }

    static func readName(_ exchange: Exchange) async throws -> TenantName {
        try TenantName(try exchange.soleParameter("name"))
    }

    static func readCreate(_ exchange: Exchange) async throws -> Creation {
        try QueryFields(exchange.request).finish()
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let name = try TenantName(try fields.requiredText("name"))
        let tier = try fields.choice("tier", of: Tier.allCases) ?? .local
        let rate = try fields.number("rate_per_minute", in: 0.001...60_000_000)
        let burst = try fields.integer("burst", in: 1...1_000_000)
        try fields.finish()
        if burst != nil, rate == nil, tier == .local {
            throw ApplianceError.invalidArgument(
                name: "burst", reason: "needs a `rate_per_minute` or a tier with a rate")
        }
        return Creation(name: name, tier: tier, ratePerMinute: rate, burst: burst)
    }

    static func list(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        let tenants = try await appliance.tenants.all()
        context.tally.update { $0.resultCount = tenants.count }
        return .json { writer in
            writer.beginObject()
            writer.key("tenants")
            writer.beginArray()
            for tenant in tenants { tenant.write(to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    static func create(
        _ appliance: SearchAppliance, _ context: RequestContext, _ creation: Creation
    ) async throws -> HTTPResponse {
        context.tally.update { $0.target = creation.name.rawValue }
        let tenant = try await appliance.tenants.create(
            creation.name, tier: creation.tier, ratePerMinute: creation.ratePerMinute,
            burst: creation.burst.map(Double.init))
        return .json(status: 201) { tenant.write(to: &$0) }
    }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ name: TenantName) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name.rawValue }
        let tenant = try await appliance.tenants.tenant(name)
        return .json { tenant.write(to: &$0) }
    }

    static func suspend(_ appliance: SearchAppliance, _ context: RequestContext, _ name: TenantName) async throws
        -> HTTPResponse
    {
        try await setState(.suspended, appliance, context, name)
    }

    static func resume(_ appliance: SearchAppliance, _ context: RequestContext, _ name: TenantName) async throws
        -> HTTPResponse
    {
        try await setState(.active, appliance, context, name)
    }

    private static func setState(
        _ state: TenantState, _ appliance: SearchAppliance, _ context: RequestContext, _ name: TenantName
    ) async throws -> HTTPResponse {
        context.tally.update { $0.target = name.rawValue }
        let tenant = try await appliance.tenants.setState(state, of: name)
        return .json { tenant.write(to: &$0) }
    }

    static func delete(_ appliance: SearchAppliance, _ context: RequestContext, _ name: TenantName) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name.rawValue }
        try await appliance.tenants.delete(name)
        appliance.forgetNumbers(of: name.rawValue)
        return .json { writer in
            writer.beginObject()
            writer.member("deleted", name.rawValue)
            writer.endObject()
        }
    }
}

extension TenantRecord {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("uid", uid)
        writer.member("tier", tier)
        if let ratePerMinute { writer.member("rate_per_minute", ratePerMinute) }
        if let burst { writer.member("burst", burst) }
        writer.member("state", state.rawValue)
        writer.member("created_at", Timestamp(milliseconds: createdAt).description)
        writer.endObject()
    }
}
