// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors everywhere: a warning nobody reads is a defect nobody finds.
let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "SecureBERT",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SecureBERTJSON", targets: ["SecureBERTJSON"]),
        .library(name: "SecureBERTTokenizers", targets: ["SecureBERTTokenizers"]),
    ],
    targets: [
        // Imports go one way: every target depends only on targets above it.
        .target(name: "SecureBERTJSON", swiftSettings: swift),
        .target(name: "SecureBERTTokenizers", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
        .testTarget(name: "SecureBERTJSONTests", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTokenizersTests", dependencies: ["SecureBERTTokenizers", "SecureBERTJSON"],
            swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
