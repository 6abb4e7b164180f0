import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";

/** A reader of QR codes whose WebAssembly comes from this server, never from elsewhere. */
export function makeDetector(wasmAddress: string): BarcodeDetector {
  prepareZXingModule({ overrides: { locateFile: () => wasmAddress }, fireImmediately: true });
  return new BarcodeDetector({ formats: ["qr_code"] });
}
