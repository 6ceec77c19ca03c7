/* SPDX-License-Identifier: GPL-2.0 */
int neighbour_number(void);
