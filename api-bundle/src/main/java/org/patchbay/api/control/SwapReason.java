package org.patchbay.api.control;

/** Why a NIC's endpoint was exchanged. */
public enum SwapReason {
  /** An operator or a configuration plugged the endpoint. */
  PLUGGED,
  /** An operator unplugged it. */
  UNPLUGGED,
  /** The plugged backend left service. */
  LEFT,
  /** The plugged backend failed. */
  FAILED,
  /** The wanted endpoint came (back) into service. */
  RETURNED,
  /** A match of the failover filter came into service while the NIC was on its fallback. */
  FAILED_OVER,
  /** The endpoint asked for a restart of its queues, or one of them did. */
  RESTARTED
}
