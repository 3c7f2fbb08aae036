"""한국어: Korean, the sentences of `en_checks`."""

from __future__ import annotations

CHECKS: dict[str, str] = {
    # the gradient check's table and verdict
    "check: title": "기울기 검사",
    "check: tensor": "텐서",
    "check: shape": "모양",
    "check: checked": "검사한 수",
    "check: kinks": "꺾인 곳",
    "check: error": "상대 오차",
    "check: verdict": "판정",
    "check: of": "{all}개 중 {checked}개",
    "check: ok": "맞음",
    "check: WRONG": "틀림",
    "check: passed": "통과했습니다: 모든 상대 오차가 {tolerance} 이하입니다.",
    "check: not passed": "통과하지 못했습니다: 상대 오차가 {tolerance}보다 크거나, 위에 적은 문제가 있습니다.",
    "check: threshold": "맞는 코드는 거의 항상 1e-7보다 작고 틀린 코드는 1e-2보다 큽니다. 기준은 그 사이에 있습니다.",
    "check: corners": "꺾인 곳: 그 성분에서 손실이 꺾여(켜지거나 꺼지는 ReLU, 절댓값) 기울기가 둘입니다. 역전파는 "
    "그중 하나나 그 사이의 값을 내며, 이것은 오류가 아닙니다.",
    "check: lesson": "{place}: 역전파는 {backprop}라고 하지만, 이 수를 {step}만큼 올리고 내리면 손실은 기울기가 "
    "{difference}인 것처럼 변합니다.",
    # what wrong numbers look like
    "check: not finite": "유한한 수가 아닙니다.",
    "check: zero": "모두 0입니다: 써 넣기는 했나요(`self.d<name>[...] = …`)?",
    "check: sign": "부호가 모두 틀렸습니다.",
    "check: missing 1/N": "{rows}배 큽니다: 1/N이 빠졌습니다.",
    "check: 1/N twice": "{rows}배 작습니다: 1/N을 두 번 곱했습니다.",
    "check: transposed": "있어야 할 값의 전치입니다.",
    "check: factor": "모두 있어야 할 값의 {factor}배입니다: 상수 배만큼 틀렸습니다.",
    "check: no pattern": "단순한 규칙은 없습니다. 흔한 원인: 연쇄 법칙의 인수(활성화 함수의 도함수)가 빠졌거나, 다른 "
    "축으로 더했거나, 다른 배열을 곱했거나, `forward`가 저장한 뒤에 값이 바뀌었습니다.",
    "check: look at": "층 '{layer}'의 `backward`와 그 뒤 층들을 살펴보세요.",
    "check: look first": "손실에 더 가까운 {name}을(를) 먼저 살펴보세요: 거기서 틀리면 여기까지 이어집니다.",
    # what else may be wrong
    "check: stopped": "역전파가 {error} 때문에 멈추었습니다",
    "check: loss not finite": "손실이 {loss}입니다: 유한하지 않아 기울기를 잴 수 없습니다. x, y와 가중치에 NaN, "
    "무한대, 아주 큰 수가 있는지 살펴보세요.",
    "check: two losses": "같은 가중치와 데이터에서 손실이 두 가지로 나왔습니다: 어떤 층이 자기 속성이 아닌 생성기에서 "
    "난수를 뽑거나, 부를 때마다 달라집니다. 그러면 기울기를 잴 수 없습니다.",
    "check: piles up": "역전파를 두 번째로 돌리면 '{name}' {shape}의 기울기가 달라집니다. `self.d{name}[...] = …`처럼 "
    "통째로 쓰세요. `+=`는 앞선 배치가 남긴 값에 쌓입니다.",
    "check: wrote into": "층 '{layer}': `backward`가 받은 기울기에 값을 써 넣었습니다.",
    "check: optimizer stopped": "옵티마이저가 {error} 때문에 멈추었습니다",
    "check: weight not finite": "옵티마이저 '{optimizer}'의 한 걸음 뒤에 가중치가 무한대이거나 NaN입니다.",
    "check: no weight": "옵티마이저 '{optimizer}'가 가중치를 바꾸지 않았습니다. `update`는 받은 배열에 써야 합니다: `w "
    "= w - …`가 아니라 `w -= …`나 `w[...] = …`입니다.",
    "check: uphill": "옵티마이저 '{optimizer}'가 오르막으로 갑니다: 첫 걸음이 손실을 (1차 근사로 {change}만큼) "
    "높입니다. 기울기는 오르막을 가리키므로 걸음은 그 반대입니다: `w -= learning_rate·dw`.",
    # pictures of a run's health
    "measure: gradient_norm": "기울기의 노름",
    "measure: update_ratio": "갱신의 비율",
    "measure: dead_relus": "죽은 ReLU",
    "beyond: gradient_norm": "아래: 거슬러 가며 기울기가 사라짐, 위: 폭주함",
    "beyond: update_ratio": "아래: 학습률이 너무 작음, 위: 너무 큼",
    "beyond: dead_relus": "위: 켜지지 않는 유닛이 많음, 학습률이 너무 큰가요?",
    "measure: epoch": "에포크",
    "measure: normal": "정상 범위",
    "measure: no ReLU": "여기에는 ReLU가 없음",
    # pictures of a trace
    "picture: weights": "가중치",
    "picture: gradients": "기울기",
    "picture: title": "{title}의 학습 한 단계",
}
