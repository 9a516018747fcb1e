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
        .library(name: "SecureBERTTensor", targets: ["SecureBERTTensor"]),
        .library(name: "SecureBERTCheckpoint", targets: ["SecureBERTCheckpoint"]),
        .library(name: "SecureBERTTokenizers", targets: ["SecureBERTTokenizers"]),
        .library(name: "SecureBERTModels", targets: ["SecureBERTModels"]),
        .library(name: "SecureBERT", targets: ["SecureBERT"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")
    ],
    targets: [
        // Imports go one way: every target depends only on targets above it.
        .target(name: "SecureBERTJSON", swiftSettings: swift),
        .target(name: "CSecureBERTKernels", cSettings: c),
        .target(name: "SecureBERTTensor", dependencies: ["CSecureBERTKernels"], swiftSettings: swift),
        .target(
            name: "SecureBERTCheckpoint",
            dependencies: ["SecureBERTJSON", "SecureBERTTensor", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swift),
        .target(
            name: "SecureBERTModels", dependencies: ["SecureBERTTensor", "SecureBERTCheckpoint"], swiftSettings: swift),
        .target(name: "SecureBERTTokenizers", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
        .target(
            name: "SecureBERT",
            dependencies: [
                "SecureBERTModels", "SecureBERTTokenizers", "SecureBERTCheckpoint", "SecureBERTTensor", "SecureBERTJSON",
            ],
            swiftSettings: swift),

        .target(
            name: "TestSupport", dependencies: ["SecureBERTJSON", "SecureBERTTensor"], path: "Tests/TestSupport",
            swiftSettings: swift),
        .testTarget(name: "SecureBERTJSONTests", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTokenizersTests", dependencies: ["SecureBERTTokenizers", "SecureBERTJSON"],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTCheckpointTests",
            dependencies: ["SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTModelsTests",
            dependencies: [
                "SecureBERTModels", "SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor", "TestSupport",
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTests",
            dependencies: ["SecureBERT", "SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor", "TestSupport"],
            swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
