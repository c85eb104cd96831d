import { bundle } from "../../tools/bundle.mjs";

export default bundle("halctl", { node: "20.19" });
