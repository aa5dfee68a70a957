import A2A
import Appliance
import JSON
import TenantStore
import TestKit
import Testing

/// Answers are made of the documents' own sentences, and nothing else.
@Suite(.timeLimit(.minutes(2))) struct AnswerTests {
    private static let handbook = """
        # Records

        Patient records are kept for ten years after the last visit. Invoices are kept for seven years.

        # Visitors

        Visitors sign the book at the entrance. Dogs stay outside, even naïve ones 🐕.
        """

    private func ask(_ question: String, _ harness: TaskHarness, _ context: RequestContext) async throws -> AgentTask {
        try await harness.tasks.settled(
            harness.tasks.sent(SendMessageRequest(question, skill: "rag"), context).task.id, context)
    }

    @Test func `an answer cites the sentence that holds it, byte for byte, and tells its four steps`() async throws {
        try await TaskHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let ann = try await harness.context(acme, "ann")
            let engine = try await harness.appliance.registry.engine(for: #require(ann.tenant))
            _ = try await engine.put(
                [
                    DocumentInput(id: "handbook", title: "Handbook", text: Self.handbook),
                    DocumentInput(id: "menu", title: "Menu", text: "Soup on Monday. Fish on Friday."),
                ], collection: "docs")
            let answer = try await ask("How long are patient records kept?", harness, ann)
            #expect(answer.status.state == .completed)
            let artifacts = try #require(answer.artifacts)
            #expect(artifacts.map(\.name) == ["search", "rank", "generate", "verify", "report.md", "sources"])
            let report = artifacts[4].parts.compactMap(\.text).joined()
            #expect(report.hasPrefix("Patient records are kept for ten years after the last visit. [1]"))
            #expect(report.contains("[1] Handbook, <search://documents/docs/handbook>"))
            #expect(!report.contains("Soup"))
            let claims = try #require(artifacts[5].parts.first?.data?["claims"]?.arrayValue)
            #expect(!claims.isEmpty)
            let scalars = Array(Self.handbook.unicodeScalars)
            for claim in claims {
                let start = Int(try #require(claim["start"]?.integerValue))
                let end = Int(try #require(claim["end"]?.integerValue))
                var text = String.UnicodeScalarView()
                text.append(contentsOf: scalars[start..<end])
                #expect(String(text) == claim["text"]?.stringValue)
            }
            let events = try await harness.tasks.events(answer.id, after: 0, until: { _ in false }, ann)
            let progress = events.compactMap { event -> String? in
                guard case .statusUpdate(let update) = event.item else { return nil }
                return update.metadata?["event"]?.stringValue
            }
            #expect(
                progress == [
                    "search_complete", "ranking_complete", "generation_complete", "verification_complete",
                ])
            let umlaut = try await ask("May naïve dogs come in?", harness, ann)
            #expect(
                umlaut.artifacts?.last?.parts.first?.data?["claims"]?.arrayValue?.first?["text"]
                    == "Dogs stay outside, even naïve ones 🐕.")
        }
    }

    @Test func `when nothing is found it says so`() async throws {
        try await TaskHarness.run { harness in
            let ann = try await harness.context(harness.makeTenant("acme"), "ann")
            let answer = try await ask("Who built the pyramids?", harness, ann)
            #expect(answer.status.state == .completed)
            #expect(answer.artifacts?[4].parts.first?.text == "Nothing in the documents answers this.")
        }
    }

    @Test func `a sentence stands only where it stands`() {
        let claim = AnswerClaim(text: "naïve.", source: 1, start: 104, end: 110)
        #expect(CitationCheck.stands(claim, in: "Bee naïve. Dee", from: 100))
        #expect(!CitationCheck.stands(claim, in: "Bee naïve. Dee", from: 101), "another place")
        #expect(!CitationCheck.stands(claim, in: "Bee nai\u{308}ve. Dee", from: 100), "another spelling")
        #expect(!CitationCheck.stands(claim, in: "Bee na", from: 100), "too short")
        #expect(!CitationCheck.stands(claim, in: nil, from: 100))
        let empty = AnswerClaim(text: "", source: 1, start: 104, end: 104)
        #expect(!CitationCheck.stands(empty, in: "Bee naïve.", from: 100))
    }
}
