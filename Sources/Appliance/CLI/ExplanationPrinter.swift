import JSON

/// Shows explanations and verdicts on receipts to a person.
enum ExplanationPrinter {
    static func show(_ answer: JSONValue) {
        let title = Terminal.harmless(answer["title"]?.stringValue ?? "")
        Terminal.output(Terminal.bold(title.isEmpty ? address(answer) : title))
        Terminal.output("   \(address(answer))")
        Terminal.output("   \(answer["summary"]?.stringValue ?? "")")
        showNumbers(of: answer, indent: "   ")
        for warning in answer["warnings"]?.arrayValue ?? [] {
            Terminal.say("note: \(Terminal.harmless(warning.stringValue ?? ""))")
        }
    }

    /// The arithmetic of a hit, of its explanation or its receipt.
    static func showNumbers(of hit: JSONValue, indent: String) {
        for line in lines(of: hit) { Terminal.output(indent + line) }
    }

    static func showVerification(_ answer: JSONValue) {
        guard let verdict = answer["verification"] else { return }
        let isEqual = verdict["equal"]?.boolValue == true
        let seal =
            switch verdict["seal"]?.stringValue {
            case "intact": "sealed by this box"
            case "broken": "its seal is broken"
            default: "without a seal"
            }
        Terminal.output("\(isEqual ? "equal" : "differs")  \(address(answer))  (\(seal))")
        guard !isEqual else { return }
        for reason in verdict["reasons"]?.arrayValue ?? [] {
            Terminal.output("   why: \(Terminal.harmless(reason["detail"]?.stringValue ?? ""))")
        }
        let differences = verdict["differences"]?.arrayValue ?? []
        for difference in differences {
            Terminal.output(
                "   \(Terminal.harmless(difference["member"]?.stringValue ?? "")): receipt \(text(difference["receipt"])), "
                    + "index \(text(difference["index"]))")
        }
        let more = Int(verdict["difference_count"]?.integerValue ?? 0) - differences.count
        if more > 0 { Terminal.output("   and \(more) more") }
    }

    private static func address(_ answer: JSONValue) -> String {
        Terminal.harmless("\(answer["collection"]?.stringValue ?? "")/\(answer["doc_id"]?.stringValue ?? "")")
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "nothing" }
        return Terminal.harmless(String(decoding: value.encoded(), as: UTF8.self))
    }

    // MARK: Lines

    private static func lines(of hit: JSONValue) -> [String] {
        var lines: [String] = []
        if let words = hit["bm25"], words["ran"]?.boolValue == true {
            lines.append("words    \(place(words))")
            for term in words["terms"]?.arrayValue ?? [] { lines.append("           " + line(ofTerm: term)) }
        }
        if let meaning = hit["vector"], meaning["ran"]?.boolValue == true {
            lines.append("meaning  \(place(meaning))  in \(meaning["vector_space"]?.stringValue ?? "")")
        }
        if let fusion = hit["fusion"] { lines.append("joined   \(line(ofFusion: fusion))") }
        return lines
    }

    /// Such as `score 4.1832, rank 1, place 1 of all`.
    private static func place(_ leg: JSONValue) -> String {
        var parts = [leg["score"].map { "score \(number($0))" } ?? "no score"]
        if let rank = leg["rank"]?.integerValue { parts.append("rank \(rank)") }
        if let exact = leg["exact_rank"]?.integerValue { parts.append("place \(exact) of all") }
        if let start = leg["passage"]?["start"]?.integerValue, let end = leg["passage"]?["end"]?.integerValue {
            parts.append("passage \(start) to \(end)")
        }
        return parts.joined(separator: ", ")
    }

    private static func line(ofTerm term: JSONValue) -> String {
        let name = Terminal.harmless(term["term"]?.stringValue ?? "")
        return "\(name): \(number(term["contribution"])) = tf \(text(term["tf"])), df \(text(term["df"])), "
            + "idf \(number(term["idf"]))"
    }

    private static func line(ofFusion fusion: JSONValue) -> String {
        let shares = [("words", "bm25"), ("meaning", "vector"), ("feedback", "feedback")].compactMap { name, key in
            fusion[key]?["contribution"].map { "\(name) \(number($0))" }
        }
        return "\(fusion["method"]?.stringValue ?? ""): \(shares.joined(separator: " + ")) = "
            + "\(number(fusion["fusion_score"])), score \(number(fusion["score"]))"
    }

    /// Six digits behind the point, as many as a person compares.
    private static func number(_ value: JSONValue?) -> String {
        guard let number = value?.doubleValue else { return "-" }
        let millionths = (number * 1_000_000).rounded()
        guard abs(millionths) < 1e15 else { return "\(number)" }
        let whole = Int(millionths)
        return (whole < 0 ? "-" : "") + "\(whole.magnitude / 1_000_000)."
            + String(1_000_000 + whole.magnitude % 1_000_000).dropFirst()
    }
}
