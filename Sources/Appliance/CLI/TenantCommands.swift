import Access
import JSON

extension Command {
    static let tenantCommands: [Command] = [
        Command(
            "tenant create", "NAME", summary: "Make a tenant",
            about: [
                "A tenant has its own documents, its own file and its own credentials; nothing of it is seen by another."
            ],
            examples: ["carrel tenant create acme", "carrel tenant create guests --tier free"],
            options: [
                .data,
                CommandOption(
                    "--tier", "TIER", "local, free, pro or enterprise (default local: no limit)",
                    kind: .oneOf(Tier.allCases.map(\.rawValue))),
                CommandOption(
                    "--rate", "N/s", "requests a second, minute or hour instead of the tier's: 100/s, 10/min"),
                CommandOption("--burst", "N", "requests at once (default: one minute's worth)"), .json,
            ],
            run: createTenant),
        Command("tenant list", summary: "List the tenants", options: [.data, .json], run: listTenants),
        Command("tenant show", "NAME", kind: .tenant, summary: "Show one tenant", options: [.data, .json]) {
            arguments in
            try await changeTenant(arguments, method: "GET", suffix: "", done: nil)
        },
        Command(
            "tenant suspend", "NAME", kind: .tenant, summary: "Refuse a tenant's credentials until it is resumed",
            options: [.data, .json]
        ) {
            arguments in
            try await changeTenant(arguments, method: "POST", suffix: "/suspend", done: "suspended")
        },
        Command(
            "tenant resume", "NAME", kind: .tenant, summary: "Accept a suspended tenant's credentials again",
            options: [.data, .json]
        ) {
            arguments in
            try await changeTenant(arguments, method: "POST", suffix: "/resume", done: "resumed")
        },
        Command(
            "tenant delete", "NAME", kind: .tenant, summary: "Delete a tenant and all its documents",
            options: [.data, CommandOption("--yes", "do not ask"), .json],
            run: deleteTenant),
    ]

    @Sendable private static func createTenant(_ arguments: CommandArguments) async throws {
        let name = try arguments.operands("NAME")[0]
        var body: JSONObject = ["name": .string(name)]
        if let tier = arguments["--tier"] { body["tier"] = .string(tier) }
        if let rate = arguments["--rate"] {
            guard let parsed = try? Rate(parsing: rate) else {
                throw UsageError(message: "option --rate takes a rate such as 100/s or 10/min, not \(rate)")
            }
            body["rate_per_minute"] = .number(parsed.perMinute)
        }
        if let burst = try arguments.integer("--burst", in: 1...1_000_000) {
            body["burst"] = .integer(Int64(burst))
        }
        let session = try await CommandSession.open(arguments, command: "tenant create")
        let made = try await session.call("POST", "/v1/admin/tenants", body: .object(body), as: .operatorOfBox)
        await session.close()
        if arguments.has("--json") {
            Terminal.output(made)
        } else {
            Terminal.say("made tenant \(name)")
        }
    }

    @Sendable private static func listTenants(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let session = try await CommandSession.open(arguments, command: "tenant list")
        let answer = try await session.call("GET", "/v1/admin/tenants", as: .operatorOfBox)
        await session.close()
        if arguments.has("--json") {
            Terminal.output(answer)
            return
        }
        for tenant in answer["tenants"]?.arrayValue ?? [] {
            Terminal.output(line(tenant))
        }
    }

    private static func line(_ tenant: JSONValue) -> String {
        let name = tenant["name"]?.stringValue ?? ""
        let padding = String(repeating: " ", count: max(1, 24 - name.count))
        return "\(name)\(padding)\(tenant["tier"]?.stringValue ?? "")\t\(tenant["state"]?.stringValue ?? "")"
    }

    private static func changeTenant(
        _ arguments: CommandArguments, method: String, suffix: String, done: String?
    ) async throws {
        let name = try TenantName(try arguments.operands("NAME")[0]).rawValue
        let session = try await CommandSession.open(arguments, command: "tenant")
        let answer = try await session.call(method, "/v1/admin/tenants/\(name)\(suffix)", as: .operatorOfBox)
        await session.close()
        if arguments.has("--json") {
            Terminal.output(answer)
        } else if let done {
            Terminal.say("\(done) tenant \(name)")
        } else {
            Terminal.output(line(answer))
        }
    }

    @Sendable private static func deleteTenant(_ arguments: CommandArguments) async throws {
        let name = try TenantName(try arguments.operands("NAME")[0]).rawValue
        if !arguments.has("--yes") {
            guard Terminal.isInteractive else {
                throw UsageError(message: "deleting a tenant removes all its documents: say --yes")
            }
            Terminal.write(2, "delete tenant \(name) and all its documents? type the name: ")
            guard readLine() == name else { throw CommandFailure("nothing was deleted") }
        }
        let session = try await CommandSession.open(arguments, command: "tenant delete")
        _ = try await session.call("DELETE", "/v1/admin/tenants/\(name)", as: .operatorOfBox)
        await session.close()
        if arguments.has("--json") {
            Terminal.output(["deleted": .string(name)])
        } else {
            Terminal.say("deleted tenant \(name)")
        }
    }
}
