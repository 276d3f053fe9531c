/**
 * Files and paths of this machine.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Layer from "effect/Layer"

/** Both. */
export const layer = Layer.merge(NodeFileSystem.layer, NodePath.layer)
