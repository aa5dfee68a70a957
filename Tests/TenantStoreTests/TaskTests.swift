import TenantStore
import TestKit
import Testing

/// Rows of tasks against a model in memory.
@Suite struct TaskTests {
    private struct Model {
        var owner: String
        var state: String
        var phase: TaskRecord.Phase
        var statusAt: Int64
        var events: [[UInt8]] = []
        var messages: [[UInt8]] = []
        var artifacts: [(id: String, pieces: [[UInt8]])] = []
    }

    private static let owners = ["ann", "bob"]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random changes read back as the model has them, also from the next connection`(seed: UInt64) throws {
        let fixture = try Fixture()
        var random = SeededRandom(seed: seed)
        var writer = try fixture.writer()
        var model: [String: Model] = [:]
        var time: Int64 = 1_000
        for step in 0..<300 {
            time += Int64.random(in: 0...3, using: &random)
            if step % 75 == 74 { writer = try fixture.writer() }
            let id = model.keys.sorted().randomElement(using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                let owner = Self.owners.randomElement(using: &random) ?? ""
                let fresh = "t\(step)"
                let record = TaskRecord(
                    id: fresh, owner: owner, context: "c\(step % 3)", state: "NEW", phase: .running, createdAt: time,
                    statusAt: time, status: [1], setup: [2])
                let event = Array("e\(step)".utf8)
                try writer.transaction { _ = try writer.createTask(record, event: event) }
                model[fresh] = Model(owner: owner, state: "NEW", phase: .running, statusAt: time, events: [event])
            case 3...4:
                guard let id, var known = model[id] else { continue }
                let phase = [TaskRecord.Phase.over, .waiting, .running].randomElement(using: &random) ?? .over
                let event = Array("s\(step)".utf8)
                try writer.transaction {
                    var record = try #require(try writer.tasks.task(id, of: known.owner))
                    record.state = "S\(phase.rawValue)"
                    record.phase = phase
                    record.statusAt = time
                    try writer.append(event, to: &record)
                }
                known.events.append(event)
                (known.state, known.phase, known.statusAt) = ("S\(phase.rawValue)", phase, time)
                model[id] = known
            case 5:
                guard let id, var known = model[id] else { continue }
                let body = Array("m\(step)".utf8)
                try writer.transaction {
                    var record = try #require(try writer.tasks.task(id, of: known.owner))
                    try writer.addMessage(body, to: &record)
                }
                known.messages.append(body)
                model[id] = known
            case 6...7:
                guard let id, var known = model[id] else { continue }
                let name = "a\(Int.random(in: 0..<3, using: &random))"
                let place = known.artifacts.firstIndex { $0.id == name }
                let appends = place != nil && Bool.random(using: &random)
                let event = Array("p\(step)".utf8)
                try writer.transaction {
                    var record = try #require(try writer.tasks.task(id, of: known.owner))
                    try writer.append(event, artifact: name, appends: appends, to: &record)
                }
                known.events.append(event)
                if let place, appends {
                    known.artifacts[place].pieces.append(event)
                } else if let place {
                    known.artifacts[place].pieces = [event]
                } else {
                    known.artifacts.append((name, [event]))
                }
                model[id] = known
            case 8:
                let horizon = time - 20
                let gone = model.filter { $0.value.phase == .over && $0.value.statusAt < horizon }.map(\.key)
                let count = try writer.transaction { try writer.purgeTasks(overBefore: horizon, limit: 1_000) }
                #expect(count == gone.count)
                for id in gone { model[id] = nil }
            default:
                // What a transaction that fails has changed is as if it had never been.
                guard let id, let known = model[id] else { continue }
                #expect(throws: UnexpectedEnd.self) {
                    try writer.transaction {
                        var record = try #require(try writer.tasks.task(id, of: known.owner))
                        try writer.append([9], to: &record)
                        throw UnexpectedEnd()
                    }
                }
            }
        }
        try check(fixture.reader().tasks, model)
    }

    private func check(_ rows: TaskRows, _ model: [String: Model]) throws {
        for (id, known) in model {
            let other = Self.owners.first { $0 != known.owner } ?? ""
            #expect(try rows.task(id, of: other) == nil)
            let record = try #require(try rows.task(id, of: known.owner))
            #expect(record.state == known.state && record.phase == known.phase && record.statusAt == known.statusAt)
            #expect(record.sequence == Int64(known.events.count))
            let events = try rows.events(of: record.number, after: 0, limit: .max)
            #expect(events.map(\.sequence) == Array(1...Int64(known.events.count)))
            #expect(events.map(\.body) == known.events)
            #expect(
                try rows.events(of: record.number, after: 2, limit: .max).map(\.body)
                    == Array(known.events.dropFirst(2)))
            #expect(try rows.messages(of: record.number) == known.messages)
            #expect(try rows.messages(of: record.number, limit: 2) == Array(known.messages.suffix(2)))
            let artifacts = try rows.artifacts(of: record.number)
            #expect(artifacts.map(\.id) == known.artifacts.map(\.id))
            #expect(artifacts.map(\.pieces) == known.artifacts.map(\.pieces))
        }
        for owner in Self.owners {
            let own = model.filter { $0.value.owner == owner }
            #expect(try rows.openCount(of: owner) == own.values.count { $0.phase != .over })
            let order = own.sorted { ($0.value.statusAt, $0.key) > ($1.value.statusAt, $1.key) }.map(\.key)
            var paged: [String] = []
            var position: TaskPosition?
            repeat {
                let page = try rows.page(TaskFilter(), of: owner, after: position, limit: 3)
                paged += page.map(\.id)
                position = page.count < 3 ? nil : page.last.map { TaskPosition(statusAt: $0.statusAt, id: $0.id) }
            } while position != nil
            #expect(paged == order)
            let filter = TaskFilter(context: "c1", state: "S0", statusSince: 1_100)
            let fitting = own.filter { id, task in
                (Int(id.dropFirst()) ?? 0) % 3 == 1 && task.state == "S0" && task.statusAt >= 1_100
            }
            #expect(try rows.count(filter, of: owner) == fitting.count)
            #expect(Set(try rows.page(filter, of: owner, limit: 1_000).map(\.id)) == Set(fitting.keys))
        }
        let running = model.filter { $0.value.phase == .running }.map(\.key)
        #expect(Set(try rows.running().map(\.id)) == Set(running))
    }

    @Test func `the log can only grow by the next event`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let record = TaskRecord(
            id: "t", owner: "ann", context: "c", state: "NEW", phase: .running, createdAt: 1, statusAt: 1, status: [],
            setup: [])
        let made = try writer.transaction { try writer.createTask(record, event: [1]) }
        for statement in [
            "INSERT INTO task_event VALUES (\(made.number), 3, x'00')",
            "INSERT INTO task_event VALUES (\(made.number), 1, x'00')",
            "UPDATE task_event SET body = x'00'",
        ] {
            #expect(throws: StoreError.self) { try writer.transaction { try writer.connection.run(statement) } }
        }
    }

    @Test func `keys of requests are a user's own and are forgotten`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let digest = [UInt8](repeating: 1, count: 32)
        let request = TaskRequestRecord(owner: "ann", key: "k", digest: digest, task: "t", createdAt: 100)
        try writer.transaction { try writer.rememberRequest(request, forgettingBefore: 0) }
        #expect(try writer.tasks.request("k", of: "ann", since: 100) == request)
        #expect(try writer.tasks.request("k", of: "bob", since: 0) == nil)
        #expect(try writer.tasks.request("k", of: "ann", since: 101) == nil)
        try writer.transaction {
            try writer.rememberRequest(
                TaskRequestRecord(owner: "ann", key: "n", digest: digest, task: "u", createdAt: 300),
                forgettingBefore: 200)
        }
        #expect(try writer.tasks.request("k", of: "ann", since: 0) == nil)
    }
}

private struct UnexpectedEnd: Error {}
