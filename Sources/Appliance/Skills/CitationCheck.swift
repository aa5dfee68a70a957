/// Whether a cited sentence really stands where it is said to stand.
package enum CitationCheck {
    /// Compares byte for byte; Swift's own equality would take canonically equivalent spellings for one.
    /// - Parameters:
    ///   - passage: The passage as it is stored now; nil when it is gone.
    ///   - start: Where the passage begins in the document's text, in Unicode scalars.
    package static func stands(_ claim: AnswerClaim, in passage: String?, from start: Int) -> Bool {
        guard let passage, claim.start >= start, !claim.text.isEmpty else { return false }
        let scalars = passage.unicodeScalars
        guard let first = scalars.index(scalars.startIndex, offsetBy: claim.start - start, limitedBy: scalars.endIndex),
            let last = scalars.index(first, offsetBy: claim.end - claim.start, limitedBy: scalars.endIndex)
        else { return false }
        return passage[first..<last].utf8.elementsEqual(claim.text.utf8)
    }
}
