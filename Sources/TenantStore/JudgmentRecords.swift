/// A question that was asked of a collection, to be judged or judged already.
public struct JudgedQueryRecord: Sendable, Equatable {
    /// Its name in the collection.
    public var id: String
    /// What is asked.
    public var text: String
    /// By document id, in the order of its bytes.
    public var judgments: [JudgmentRecord]

    /// Memberwise.
    public init(id: String, text: String, judgments: [JudgmentRecord] = []) {
        self.id = id
        self.text = text
        self.judgments = judgments
    }
}

/// What somebody thought of one document as an answer to a question.
public struct JudgmentRecord: Sendable, Equatable {
    /// Its id, whether or not it is there.
    public var document: String
    /// Above 0 is relevant, the more the better.
    public var grade: Int
    /// Who judged.
    public var user: String
    /// Milliseconds since 1970.
    public var judgedAt: Int64

    /// Memberwise.
    public init(document: String, grade: Int, user: String, judgedAt: Int64) {
        self.document = document
        self.grade = grade
        self.user = user
        self.judgedAt = judgedAt
    }
}

/// What is kept of a query: its text, and grades by document.
public struct JudgmentChange: Sendable, Equatable {
    /// The query's name.
    public var query: String
    /// Put in the place of what is kept; nil leaves it.
    public var text: String?
    /// A nil grade takes the judgment of that document back.
    public var grades: [(document: String, grade: Int?)]

    /// Memberwise.
    public init(query: String, text: String?, grades: [(document: String, grade: Int?)]) {
        self.query = query
        self.text = text
        self.grades = grades
    }

    /// Whether both say the same.
    public static func == (a: JudgmentChange, b: JudgmentChange) -> Bool {
        a.query == b.query && a.text == b.text && a.grades.elementsEqual(b.grades, by: ==)
    }
}

/// How much is kept.
public struct JudgmentCount: Sendable, Equatable {
    /// Queries, judged or not.
    public var queries: Int
    /// Judgments of all of them.
    public var judgments: Int

    /// Memberwise.
    public init(queries: Int, judgments: Int) {
        self.queries = queries
        self.judgments = judgments
    }
}
