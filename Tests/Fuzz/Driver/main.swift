import CFuzzer
import FuzzTargets
import Glibc

// usage: fuzz TARGET [libFuzzer's options and folders of inputs]; Scripts/fuzz.sh builds and runs it.

nonisolated(unsafe) private var target: (@Sendable ([UInt8]) -> Void)?

guard CommandLine.argc > 1, let name = CommandLine.arguments.dropFirst().first,
    let chosen = FuzzTarget.all.first(where: { $0.name == name })
else {
    print("usage: fuzz TARGET [options]; targets: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
    exit(2)
}
target = chosen.check
// The name is ours: libFuzzer sees what follows it.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
arguments?[0] = CommandLine.unsafeArgv[0]
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        target?(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    })
