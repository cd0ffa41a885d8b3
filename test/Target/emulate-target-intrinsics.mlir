// RUN: oqat-opt %s -split-input-file -emulate-target-intrinsics | FileCheck %s

// Two calls, one function; every element at its own place.
// CHECK-LABEL: llvm.func @kernel
// CHECK-SAME: (%[[A:.*]]: vector<16xi16>, %[[B:.*]]: vector<16xi16>)
// CHECK: %[[X:.*]] = llvm.call @emulated.x86.avx2.pmadd.wd(%[[A]], %[[B]])
// CHECK: %[[Y:.*]] = llvm.call @emulated.x86.avx2.pmadd.wd(%[[B]], %[[B]])
// CHECK: llvm.add %[[X]], %[[Y]]
// CHECK-NOT: call_intrinsic
// CHECK: llvm.func internal @emulated.x86.avx2.pmadd.wd(%[[A:.*]]: vector<16xi16>, %[[B:.*]]: vector<16xi16>) -> vector<8xi32>
// CHECK-SAME: passthrough = ["noinline", "no-builtins"]
// CHECK: %[[WIDE_A:.*]] = llvm.sext %[[A]] : vector<16xi16> to vector<16xi32>
// CHECK: %[[WIDE_B:.*]] = llvm.sext %[[B]] : vector<16xi16> to vector<16xi32>
// CHECK: %[[P:.*]] = llvm.mul %[[WIDE_A]], %[[WIDE_B]]
// CHECK: %[[EVEN:.*]] = llvm.shufflevector %[[P]], %[[P]] [0, 2, 4, 6, 8, 10, 12, 14]
// CHECK: %[[ODD:.*]] = llvm.shufflevector %[[P]], %[[P]] [1, 3, 5, 7, 9, 11, 13, 15]
// CHECK: %[[SUM:.*]] = llvm.add %[[EVEN]], %[[ODD]]
// CHECK: llvm.return %[[SUM]]
// CHECK-NOT: llvm.func
llvm.func @kernel(%a: vector<16xi16>, %b: vector<16xi16>) -> vector<8xi32> {
  %0 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%a, %b) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
  %1 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%b, %b) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
  %2 = llvm.add %0, %1 : vector<8xi32>
  llvm.return %2 : vector<8xi32>
}

// -----

// The network says that it is emulated; what is not of x86 stays.
// CHECK: oqat.network = {emulated = true, name = "net"}
module attributes {oqat.network = {name = "net"}} {
  // CHECK-LABEL: llvm.func @kernel
  // CHECK: llvm.call @emulated.x86.avx512.vpdpbusd.512
  // CHECK: llvm.call_intrinsic "llvm.ctpop.v16i32"
  // CHECK: llvm.func internal @emulated.x86.avx512.vpdpbusd.512(%[[ACC:.*]]: vector<16xi32>, %[[A:.*]]: vector<16xi32>, %[[B:.*]]: vector<16xi32>)
  // CHECK: %[[CODES:.*]] = llvm.bitcast %[[A]] : vector<16xi32> to vector<64xi8>
  // CHECK: llvm.zext %[[CODES]]
  // CHECK: %[[WEIGHTS:.*]] = llvm.bitcast %[[B]] : vector<16xi32> to vector<64xi8>
  // CHECK: llvm.sext %[[WEIGHTS]]
  // CHECK: llvm.mul
  // CHECK-COUNT-3: llvm.add
  // CHECK: llvm.add %[[ACC]], %{{.*}} : vector<16xi32>
  llvm.func @kernel(%c: vector<16xi32>, %a: vector<16xi32>, %b: vector<16xi32>) -> vector<16xi32> {
    %0 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c, %a, %b) : (vector<16xi32>, vector<16xi32>, vector<16xi32>) -> vector<16xi32>
    %1 = llvm.call_intrinsic "llvm.ctpop.v16i32"(%0) : (vector<16xi32>) -> vector<16xi32>
    llvm.return %1 : vector<16xi32>
  }
}

// -----

// Sums that saturate.
// CHECK: llvm.func internal @emulated.x86.ssse3.pmadd.ub.sw.128
// CHECK: llvm.zext {{.*}} : vector<16xi8> to vector<16xi16>
// CHECK: llvm.sext {{.*}} : vector<16xi8> to vector<16xi16>
// CHECK: llvm.intr.sadd.sat({{.*}}) : (vector<8xi16>, vector<8xi16>) -> vector<8xi16>
llvm.func @kernel(%a: vector<16xi8>, %b: vector<16xi8>) -> vector<8xi16> {
  %0 = llvm.call_intrinsic "llvm.x86.ssse3.pmadd.ub.sw.128"(%a, %b) : (vector<16xi8>, vector<16xi8>) -> vector<8xi16>
  llvm.return %0 : vector<8xi16>
}

// -----

// The 16 bytes of a lane, or 0.
// CHECK: llvm.func internal @emulated.x86.avx2.pshuf.b
// CHECK-COUNT-32: llvm.insertelement
// CHECK-NOT: llvm.insertelement
// CHECK: %[[CLEARED:.*]] = llvm.icmp "slt"
// CHECK: llvm.select %[[CLEARED]]
llvm.func @kernel(%a: vector<32xi8>, %b: vector<32xi8>) -> vector<32xi8> {
  %0 = llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%a, %b) : (vector<32xi8>, vector<32xi8>) -> vector<32xi8>
  llvm.return %0 : vector<32xi8>
}

// -----

// Each function has its own tiles, without a configuration at first.
// CHECK-LABEL: llvm.func @tiled(
// CHECK-SAME: %[[P:.*]]: !llvm.ptr)
// CHECK: %[[SIZE:.*]] = llvm.mlir.constant(8256 : i64)
// CHECK: %[[TILES:.*]] = llvm.alloca %[[SIZE]] x i8 {alignment = 64 : i64}
// CHECK: %[[ZERO:.*]] = llvm.mlir.zero : vector<64xi8>
// CHECK: llvm.store %[[ZERO]], %[[TILES]]
// CHECK: llvm.call @emulated.x86.ldtilecfg(%[[TILES]], %[[P]])
// CHECK: llvm.call @emulated.x86.tilezero(%[[TILES]], %{{.*}}) : (!llvm.ptr, i8) -> ()
// CHECK-LABEL: llvm.func @other
// CHECK: llvm.alloca
// CHECK: llvm.call @emulated.x86.tilezero
// CHECK: llvm.func internal @emulated.x86.ldtilecfg(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK: llvm.func internal @emulated.x86.tilezero(%[[TILES:.*]]: !llvm.ptr, %{{.*}}: i8)
// CHECK: %[[PALETTE:.*]] = llvm.load %[[TILES]] {{.*}} -> i8
// CHECK: %[[CONFIGURED:.*]] = llvm.icmp "eq" %[[PALETTE]]
// CHECK: llvm.cond_br %[[CONFIGURED]], ^{{.*}}, ^[[REFUSED:.*]]
// CHECK: ^[[REFUSED]]:
// CHECK-NEXT: "llvm.intr.trap"
llvm.func @tiled(%p: !llvm.ptr) {
  %tile = llvm.mlir.constant(2 : i8) : i8
  llvm.call_intrinsic "llvm.x86.ldtilecfg"(%p) : (!llvm.ptr) -> ()
  llvm.call_intrinsic "llvm.x86.tilezero"(%tile) : (i8) -> ()
  llvm.return
}
llvm.func @other() {
  %tile = llvm.mlir.constant(2 : i8) : i8
  llvm.call_intrinsic "llvm.x86.tilezero"(%tile) : (i8) -> ()
  llvm.return
}
