import HTTPServer

/// One POST to a receiver: to the address that was checked, without redirects and proxies; what it answers is not kept.
struct PushDelivery {
    /// How a delivery ended.
    enum Result: Sendable, Equatable {
        /// A status of 200 to 299.
        case delivered
        /// No answer, 429 or 5xx: a later try may succeed.
        case failed(String)
        /// Another status, or a target that may not be called: trying again changes nothing.
        case refused(String)
    }

    static let timeout = Duration.seconds(10)
    static let answerLimit = 64 << 10

    let url: PushURL
    let headers: [(String, String)]
    let body: [UInt8]

    /// Sends it; blocks for up to ten seconds.
    func send(allowed: PushAllowList, attempt: Int) -> Result {
        let address: IPAddress
        do throws(PushRefusal) {
            address = try allowed.address(for: url, attempt: attempt)
        } catch {
            return switch error {
            case .notAllowed(let address): .refused("\(address) port \(url.port) is not in push.allow")
            case .unknownHost: .failed("the host name is not known")
            }
        }
        var call = OutgoingCall(url: url.text, timeout: Self.timeout, answerLimit: Self.answerLimit)
        call.headers = headers
        call.body = body
        call.allowsPlainHTTP = true
        call.usesProxy = false
        call.destination = "\(address.isIPv4 ? "\(address)" : "[\(address)]"):\(url.port)"
        do throws(OutgoingCall.Failure) {
            return result(status: try call.perform().status)
        } catch {
            // What it says beside its status is of no concern.
            if case .tooLarge(let status) = error { return result(status: status) }
            return .failed(error.kind)
        }
    }

    private func result(status: Int) -> Result {
        switch status {
        case 200...299: .delivered
        case 429, 500...599: .failed("status \(status)")
        default: .refused("status \(status)")
        }
    }
}
