import Access
import JSON
import TenantStore

extension Command {
    static let doctor = Command(
        "doctor", "", summary: "Say what is wrong on this data folder, and what to do about it",
        about: [
            "Looks at every tenant, or the one that --tenant names: rankings that are switched off, passages the model "
                + "refused, documents without vectors, indexes that cannot be written, databases that do not open.",
            "Exit code 0: nothing is wrong. 1: something is.",
        ],
        examples: ["carrel doctor", "carrel doctor --tenant acme --json"],
        options: [.data, .tenant, .json], run: runDoctor)

    @Sendable private static func runDoctor(_ arguments: CommandArguments) async throws {
        guard arguments.operands.isEmpty else { throw UsageError(message: "doctor takes no arguments") }
        let complaints = try await CommandSession.using(arguments, command: "doctor") { session in
            try await Doctor(session: session).complaints(of: arguments["--tenant"])
        }
        if arguments.has("--json") {
            Terminal.output(.object(["problems": .array(complaints.map(\.value))]))
        } else {
            for complaint in complaints { complaint.show() }
            if complaints.isEmpty { Terminal.output("nothing is wrong") }
        }
        guard complaints.isEmpty else {
            throw CommandFailure(complaints.count == 1 ? "1 problem" : "\(complaints.count) problems")
        }
    }
}

/// Something that is wrong, and what helps.
struct Complaint: Sendable, Equatable {
    /// Nil for what concerns the whole box.
    var tenant: String?
    var collection: String?
    var what: String
    var help: String

    var value: JSONValue {
        var object: JSONObject = [:]
        if let tenant { object["tenant"] = .string(tenant) }
        if let collection { object["collection"] = .string(collection) }
        object["problem"] = .string(what)
        object["help"] = .string(help)
        return .object(object)
    }

    func show() {
        let place = [tenant, collection].compactMap { $0 }.joined(separator: "/")
        let name = Terminal.bold(Terminal.harmless(place.isEmpty ? "box" : place))
        Terminal.output(name + "  " + Terminal.harmless(what))
        Terminal.output("    " + Terminal.harmless(help))
    }
}

/// Finds out what is wrong by asking what everybody may ask.
private struct Doctor {
    let session: CommandSession

    func complaints(of name: String?) async throws -> [Complaint] {
        var complaints: [Complaint] = []
        let health = try await session.call("GET", "/health", as: .operatorOfBox)
        let hasModel = health["embeds"]?.boolValue ?? false
        if !hasModel {
            complaints.append(
                Complaint(
                    what: "no model is installed: search is by keywords alone",
                    help: "make a pack with carrel model pack, and name it by CARREL_MODEL"))
        }
        let answer = try await session.call("GET", "/v1/admin/tenants", as: .operatorOfBox)
        let names = (answer["tenants"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        if let name, !names.contains(name) { throw CommandFailure("there is no tenant \(name)") }
        for tenant in names where name == nil || tenant == name {
            guard let record = try session.database.tenant(named: tenant), record.state == .active else { continue }
            do {
                complaints += try await look(at: record, hasModel: hasModel)
            } catch let failure as CommandFailure {
                complaints.append(
                    Complaint(
                        tenant: tenant, what: "it cannot be asked: \(failure.message)",
                        help: "the log says more; a database that does not open is restored from a backup"))
            }
        }
        return complaints
    }

    private func look(at tenant: TenantRecord, hasModel: Bool) async throws -> [Complaint] {
        let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
        var complaints: [Complaint] = []
        for collection in answer["collections"]?.arrayValue ?? [] {
            let name = collection["name"]?.stringValue ?? ""
            func add(_ what: String, _ help: String) {
                complaints.append(Complaint(tenant: tenant.name, collection: name, what: what, help: help))
            }
            let parked = collection["parked"]?.integerValue ?? 0
            if parked > 0 {
                add(
                    "\(parked) passages were refused by the model and are found by keywords alone",
                    "the log says why; change those documents, or leave them as they are")
            }
            let waiting = collection["waiting"]?.integerValue ?? 0
            if waiting > 0, !hasModel {
                add("\(waiting) passages wait for vectors that nobody makes", "install a model; see above")
            }
            let path = "/v1/collections/\(DocumentURI.escaped(name))"
            let files = try await session.call("GET", path + "/files", as: .user(tenant, .search))
            if let reason = files["compaction_failure"]?.stringValue {
                add("the last compaction came to nothing: \(reason)", "carrel compact --collection \(name)")
            }
            let legs = try await session.call("GET", path + "/legs", as: .user(tenant, .search))
            for leg in legs["legs"]?.arrayValue ?? [] where leg["state"]?.stringValue == "off" {
                let words = Self.words(of: leg, collection: name, tenant: tenant.name)
                add(words.what, words.help)
            }
        }
        return complaints
    }

    private static func words(of leg: JSONValue, collection: String, tenant: String) -> (what: String, help: String) {
        let isVector = leg["leg"]?.stringValue == "vector"
        let space = leg["space"]?.stringValue ?? ""
        let name = isVector ? "the ranking by meaning (space \(space))" : "the ranking by words"
        let options = "\(collection) --tenant \(tenant)"
        if leg["rule"]?.stringValue == "off" {
            return (
                "\(name) was switched off by hand",
                "carrel collection legs \(options) --set \(isVector ? "vector" : "bm25")=auto"
            )
        }
        let found = leg["found"]?.integerValue ?? 0
        let probed = leg["probed"]?.integerValue ?? 0
        return (
            "\(name) is switched off: it found \(found) of \(probed) documents by their own first words",
            (isVector
                ? "its vectors are not those of the texts: import the documents again without vectors of your own"
                : "its terms are not those of the texts: look at the analysis settings, then carrel compact")
                + "; then carrel collection probe \(options)"
        )
    }
}
