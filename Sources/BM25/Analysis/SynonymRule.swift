/// Words that find other words, in the spelling of a synonym file.
///
/// `car, automobile, motor car` is a group: each finds the others. `laptop => notebook, ultrabook` is one-way: who asks
/// for the first also finds the others, but not the other way round. `a, b => c` is short for `a => c` and `b => c`.
///
/// A member may have several words. Rules act on texts when they are indexed: a text that says "notebook" is indexed
/// under "laptop" as well, at the same position, so a question needs no rewriting and every score and highlight is that
/// of an ordinary word. As in Lucene the added terms count in the length of the text.
public struct SynonymRule: Sendable, Hashable {
    /// The most members of a rule.
    public static let maximumMemberCount = 64
    /// The most words of a member.
    public static let maximumWordCount = 8

    /// What is asked for.
    public let asked: [String]
    /// What it finds besides itself.
    public let found: [String]

    /// What is wrong with the text of a rule.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// There is nothing before, after or between the separators.
        case emptyMember
        /// A group needs two members.
        case tooFewMembers
        /// More than ``SynonymRule/maximumMemberCount``.
        case tooManyMembers
        /// `=>` stands twice.
        case severalArrows
        /// A member of more than ``SynonymRule/maximumWordCount`` words.
        case tooManyWords(String)
        /// A member without any word in it.
        case noWord(String)

        /// What is wrong, in words.
        public var description: String {
            switch self {
            case .emptyMember: "has an empty member; write it as \"a, b\" or \"a => b, c\""
            case .tooFewMembers: "needs at least two members, as in \"a, b\" or \"a => b\""
            case .tooManyMembers: "has more than \(SynonymRule.maximumMemberCount) members"
            case .severalArrows: "has more than one =>"
            case .tooManyWords(let member): "has more than \(SynonymRule.maximumWordCount) words in \"\(member)\""
            case .noWord(let member): "has no word in \"\(member)\" under this collection's analysis"
            }
        }
    }

    /// Reads a rule as it is written.
    public init(_ text: String) throws(Problem) {
        var sides: [[String]] = [[]]
        var member = ""
        var previous: Unicode.Scalar = " "
        func finished(_ member: String) throws(Problem) -> String {
            let words = member.unicodeScalars.split { $0.value <= 0x20 }
            guard !words.isEmpty else { throw .emptyMember }
            return words.map { String($0) }.joined(separator: " ")
        }
        for scalar in text.unicodeScalars {
            if scalar == ">", previous == "=" {
                guard sides.count == 1 else { throw .severalArrows }
                member.unicodeScalars.removeLast()
                sides[0].append(try finished(member))
                sides.append([])
                member = ""
            } else if scalar == "," {
                sides[sides.count - 1].append(try finished(member))
                member = ""
            } else {
                member.unicodeScalars.append(scalar)
            }
            previous = scalar
        }
        sides[sides.count - 1].append(try finished(member))
        guard sides.joined().count <= Self.maximumMemberCount else { throw .tooManyMembers }
        guard sides.count == 2 || sides[0].count > 1 else { throw .tooFewMembers }
        asked = sides[0]
        found = sides.count == 2 ? sides[1] : sides[0]
    }

    /// The rule as it is written.
    public var text: String {
        let left = asked.joined(separator: ", ")
        return asked == found ? left : left + " => " + found.joined(separator: ", ")
    }
}
