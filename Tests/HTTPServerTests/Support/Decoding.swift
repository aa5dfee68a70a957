import HTTPServer

/// All a decoder made of an input, for comparison: heads, bodies and the fault that ended it.
struct Decoded: Equatable {
    struct Message: Equatable {
        var method: String
        var target: String
        var fields: [HTTPHeaders.Field]
        var keepsAlive: Bool
        var expectsContinue: Bool
        var body: [UInt8] = []
        var isComplete = false
    }
    var messages: [Message] = []
    var fault: RequestFault?
    /// Bytes left over because more were needed.
    var leftOver = 0
}

/// Feeds `input` to a decoder as a connection does, in pieces that end at `cuts`.
func decode(_ input: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> Decoded {
    var decoder = RequestDecoder(limits: limits)
    var result = Decoded()
    var pending: [UInt8] = []
    var start = 0
    for end in cuts + [input.count] {
        pending += input[start..<end]
        start = end
        var used = 0
        do throws(RequestFault) {
            while used < pending.count {
                let step = try decoder.next(pending.span.extracting(used...))
                switch step.event {
                case .head(let head):
                    result.messages.append(
                        Decoded.Message(
                            method: head.method, target: head.target.raw, fields: head.headers.fields,
                            keepsAlive: head.keepsAlive, expectsContinue: head.expectsContinue))
                case .data(let range):
                    result.messages[result.messages.count - 1].body +=
                        pending[used...][(used + range.lowerBound)..<(used + range.upperBound)]
                case nil: break
                }
                used += step.consumedCount
                if decoder.isComplete {
                    result.messages[result.messages.count - 1].isComplete = true
                    decoder.beginNextRequest()
                } else if step.consumedCount == 0 {
                    break
                }
            }
        } catch {
            result.fault = error
            return result
        }
        pending.removeFirst(used)
    }
    result.leftOver = pending.count
    return result
}

func decode(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Decoded { decode(Array(text.utf8), limits: limits) }
