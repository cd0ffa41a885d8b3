// RUN: oqat-opt %s -split-input-file -verify-diagnostics -emulate-target-intrinsics

llvm.func @net.3.dw(%a: vector<16xi32>) -> vector<16xi32> {
  // expected-error @below {{'llvm.call_intrinsic' op has no emulation of 'llvm.x86.avx512.conflict.d.512', which 'net.3.dw' calls}}
  %0 = llvm.call_intrinsic "llvm.x86.avx512.conflict.d.512"(%a) : (vector<16xi32>) -> vector<16xi32>
  llvm.return %0 : vector<16xi32>
}

// -----

llvm.func @net.1.ib(%a: vector<8xi16>) -> vector<8xi32> {
  // expected-error @below {{expected 'llvm.x86.avx2.pmadd.wd' to be a '!llvm.func<vector<8xi32> (vector<16xi16>, vector<16xi16>)>', but got 'vector<8xi16>', 'vector<8xi16>' -> 'vector<8xi32>'}}
  %0 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%a, %a) : (vector<8xi16>, vector<8xi16>) -> vector<8xi32>
  llvm.return %0 : vector<8xi32>
}

// -----

llvm.func @net.1.ib(%a: i64) {
  %tile = llvm.mlir.constant(1 : i8) : i8
  // expected-error @below {{expected 'llvm.x86.tileloadd64' to be a '!llvm.func<void (i8, ptr, i64)>', but got 'i8', 'i64' -> }}
  llvm.call_intrinsic "llvm.x86.tileloadd64"(%tile, %a) : (i8, i64) -> ()
  llvm.return
}

// -----

func.func @kernel() {
  // expected-error @below {{expected 'llvm.x86.tilerelease' in an 'llvm.func', whose memory holds the tiles}}
  llvm.call_intrinsic "llvm.x86.tilerelease"() : () -> ()
  return
}
