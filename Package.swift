// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors everywhere: a warning nobody reads is a defect nobody finds.
let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "SecureBERT",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SecureBERTJSON", targets: ["SecureBERTJSON"])
    ],
    targets: [
        // Imports go one way: every target depends only on targets above it.
        .target(name: "SecureBERTJSON", swiftSettings: swift),
        .target(name: "CSecureBERTKernels", cSettings: c),
        .testTarget(name: "SecureBERTJSONTests", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
