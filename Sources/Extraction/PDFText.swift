import CSandbox
import Glibc

/// The text of a PDF, by poppler's `pdftotext`, with a form feed after each page.
///
/// The program runs inside the limits of the process that starts it, reads the file it is handed as standard input and
/// can open no other.
enum PDFText {
    static let program = "/usr/bin/pdftotext"
    /// Kept of what the program complains about.
    private static let complaintBytes = 4_096

    /// - Parameter file: An open file at its start.
    static func extract(_ file: Int32) throws(ExtractionFailure) -> (ExtractedDocument, pages: Int) {
        var magic = [UInt8](repeating: 0, count: 1_024)
        let count = max(0, pread(file, &magic, magic.count, 0))
        guard contains(magic[..<count], Array("%PDF-".utf8)) else {
            throw ExtractionFailure("damaged: it does not begin as a PDF does")
        }
        let run = try runProgram(file)
        guard run.output.count <= outputLimit else {
            throw ExtractionFailure("its text is longer than \(ExtractionLimits.textBytes >> 20) MiB")
        }
        let parts = split(run.output)
        let hasText = parts.text.contains { $0 > 0x20 }
        if !hasText, run.status != 0 || parts.text.isEmpty { throw failure(run) }
        let pages = parts.text.count { $0 == 0x0C }
        guard hasText else {
            throw ExtractionFailure(
                "no text in its \(pages) \(pages == 1 ? "page" : "pages"): scanned, perhaps; it needs text recognition first"
            )
        }
        let text = String(decoding: parts.text.lazy.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
        return (ExtractedDocument(title: parts.title.trimmed, text: text), pages)
    }

    private static var outputLimit: Int { ExtractionLimits.textBytes + 64 << 10 }

    private struct Run {
        var output: [UInt8]
        var complaints: [UInt8]
        /// As `waitpid` gives it.
        var status: Int32
    }

    private static func failure(_ run: Run) -> ExtractionFailure {
        let complaints = String(decoding: run.complaints, as: UTF8.self)
        if complaints.contains("Incorrect password") { return ExtractionFailure("encrypted with a password") }
        let signal = run.status & 0x7F
        if signal == SIGXCPU || signal == SIGKILL {
            return ExtractionFailure(
                "reading it took more than \(ExtractionLimits.processorSeconds) s of processor time")
        }
        if run.status >> 8 & 0xFF == 127 {
            return ExtractionFailure("\(program) is missing; install poppler-utils")
        }
        if run.status >> 8 & 0xFF == 3 { return ExtractionFailure("its author forbids taking text out of it") }
        let first = complaints.split(separator: "\n").first.map { ": " + $0.prefix(120) } ?? ""
        return ExtractionFailure("damaged: pdftotext cannot read it" + first)
    }

    private static func runProgram(_ file: Int32) throws(ExtractionFailure) -> Run {
        var outputEnds: [Int32] = [-1, -1]
        var errorEnds: [Int32] = [-1, -1]
        guard pipe(&outputEnds) == 0, pipe(&errorEnds) == 0 else {
            throw ExtractionFailure("no pipe can be made: \(String(cString: strerror(errno)))")
        }
        let words = CStrings([program, "-enc", "UTF-8", "-htmlmeta", "-", "-"])
        let environment = CStrings(["LC_ALL=C.UTF-8"])
        let child = carrel_start_program(
            program, words.pointers, environment.pointers, file, outputEnds[1], errorEnds[1])
        withExtendedLifetime((words, environment)) {}
        close(outputEnds[1])
        close(errorEnds[1])
        guard child > 0 else {
            close(outputEnds[0])
            close(errorEnds[0])
            throw ExtractionFailure("pdftotext cannot be started: \(String(cString: strerror(errno)))")
        }
        var run = Run(output: [], complaints: [], status: 0)
        drain(outputEnds[0], errorEnds[0], into: &run)
        // A program that still writes dies of the closed pipe.
        close(outputEnds[0])
        close(errorEnds[0])
        while waitpid(child, &run.status, 0) < 0, errno == EINTR {}
        return run
    }

    /// Reads both until they end, or until the text is longer than it may be.
    private static func drain(_ output: Int32, _ errors: Int32, into run: inout Run) {
        var polled = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
        ]
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while polled.contains(where: { $0.fd >= 0 }), run.output.count <= outputLimit {
            guard poll(&polled, 2, -1) > 0 || errno == EINTR else { return }
            for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                let count = read(polled[index].fd, &block, block.count)
                if count <= 0 {
                    polled[index].fd = -1
                } else if index == 0 {
                    run.output += block[..<count]
                } else {
                    run.complaints += block[..<min(count, complaintBytes - run.complaints.count)]
                }
            }
        }
    }

    /// Parts the page text from the small HTML head that holds the title.
    private static func split(_ output: [UInt8]) -> (title: String, text: ArraySlice<UInt8>) {
        guard let open = range(of: Array("<pre>\n".utf8), in: output[...]) else { return ("", []) }
        let head = String(decoding: output[..<open.lowerBound], as: UTF8.self)
        var text = output[open.upperBound...]
        let tail = Array("</pre>".utf8)
        if text.count >= tail.count,
            let close = text.indices.dropLast(tail.count - 1).last(where: { text[$0...].starts(with: tail) })
        {
            text = text[..<close]
        }
        guard let start = head.firstRange(of: "<title>"), let end = head.firstRange(of: "</title>"),
            start.upperBound <= end.lowerBound
        else { return ("", text) }
        return (unescape(String(head[start.upperBound..<end.lowerBound])), text)
    }

    private static func unescape(_ title: String) -> String {
        var title = title
        for (entity, sign) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
            title.replace(entity, with: sign)
        }
        return title
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ word: [UInt8]) -> Bool {
        range(of: word, in: bytes) != nil
    }

    private static func range(of word: [UInt8], in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        guard bytes.count >= word.count else { return nil }
        return bytes.indices.dropLast(word.count - 1).first { bytes[$0...].starts(with: word) }
            .map { $0..<$0 + word.count }
    }
}
