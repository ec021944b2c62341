/**
 * The bundles together in a running framework: resolving, services, configurations, and backends
 * that leave, change and return while frames flow.
 *
 * <p>Tests run inside the container, on Pax Exam's thread. They await conditions and never sleep
 * for a time.
 */
@NullMarked
package org.patchbay.itests;

import org.jspecify.annotations.NullMarked;
