"""한국어: Korean, the sentences of `en_runs`."""

from __future__ import annotations

RUNS: dict[str, str] = {
    # the film's page
    "film_heading": "학습을 영상으로",
    "film_no_script": "이 페이지는 스크립트로 학습을 재생하는데, 스크립트가 꺼져 있습니다.",
    "film_controls": "학습 재생",
    "film_play": "재생",
    "film_previous": "이전",
    "film_next": "다음",
    "film_slider": "장면",
    "film_speed": "속도",
    "film_dark": "어둡게",
    "film_legend": "진할수록 큰 값이며, 그림마다 위에 적힌 크기까지 나타냅니다",
    "film_keys": "키: 스페이스로 재생하고 멈추며, ← →로 한 장면씩, Home과 End로 처음과 끝으로 갑니다. 모든 숫자는 "
    "tinynet이 학습에 쓰는 커널에서 나온 것입니다.",
    # what the film's script says; it fills in the words in braces
    "film: pause": "멈춤",
    "film: status": "{last}에포크 중 {epoch}에포크",
    "film: start": "첫 에포크 이전",
    "film: losses": "손실",
    "film: metrics": "지표",
    "film: boundary": "x[{across}]와 x[{up}]에 대한 모델의 답",
    "film: weights": "가중치",
    "film: gradients": "그 기울기",
    "film: activations": "샘플 {samples}개의 출력",
    "film: largest": "최대 {size}",
    "film: excerpt": "{rows}×{columns}만 표시",
    "film: open": "이 장면의 기록: 모든 배열이 보이는 학습 한 단계",
    "film: step": "{place}단계, {phase}: {layer}",
    "film: given": "주어진 값",
    "film: picture": "{name}의 그림",
    "film: curve": "{epoch}에포크까지의 곡선: {names}",
    "film: title": "{model}: 손실 {loss}, 옵티마이저 {optimizer}",
    # a run explained: `History.explain`
    "run: nothing": "끝까지 진행된 에포크가 없습니다.",
    "run: not finite": "발산했습니다: {epoch}번째 에포크에서 손실이 {loss}이(가) 되었고, 그때부터 아무것도 배우지 "
    "못했습니다. 학습률{rate}을 낮추거나, 샘플과 정답의 크기를 1 정도로 맞추세요.",
    "run: rising": "발산했습니다: 손실이 첫 에포크의 {first}에서 {last}(으)로 커졌습니다. 학습률{rate}을 낮추거나, "
    "샘플과 정답의 크기를 1 정도로 맞추세요.",
    "run: majority": "가장 흔한 클래스의 비율에 머물러 있습니다: {name}이(가) {accuracy}인데, 언제나 가장 흔한 "
    "클래스로 답해도 {share}입니다. 손실은 {first}에서 {last}(으)로 변했습니다. 샘플의 크기를 맞추거나, 다른 "
    "학습률{rate}이나 더 큰 신경망을 써 보거나, 샘플만으로 클래스를 가를 수 있는지 살펴보세요.",
    "run: first layers": "앞쪽 층이 배우지 못하고 있습니다: '{first}'의 가중치는 그 크기의 {moved}만큼, '{last}'의 "
    "가중치는 {moved_last}만큼 움직였습니다. 기울기가 역전파되는 길에 사라집니다. relu, 더 나은 초기화, 배치 "
    "정규화를 쓰거나 층을 줄이세요.",
    "run: still": "'{layer}'의 가중치가 전혀 움직이지 않았습니다: 기울기가 그곳에 닿지 않습니다. 가중치가 0에서 "
    "시작했거나 유닛이 늘 꺼져 있으면 이렇게 됩니다.",
    "run: over-fitting": "{epoch}번째 에포크부터 과적합입니다: 그때 {val}이(가) 가장 작았고({lowest}), 그 뒤 "
    "손실은 {loss}(으)로 줄었지만 {val}은(는) {now}(으)로 커졌습니다. EarlyStopping('val_loss', "
    "restore_best_weights=True)을 쓰면 그 에포크의 가중치가 남습니다.",
    "run: flat": "거의 배우지 못했습니다: 손실이 {first}에서 {last}(으)로 변했을 뿐입니다. 학습률{rate}을 "
    "높이거나, 샘플의 크기를 맞추거나, 더 오래 학습하세요.",
    "run: improving": "아직 나아지고 있습니다: 마지막 {epochs}에포크 동안 {name}이(가) {before}에서 {now}(으)로 "
    "줄었습니다. 더 학습하면 도움이 됩니다.",
    "run: settled": "자리를 잡았습니다: {name}이(가) 첫 에포크의 {first}에서 {now}(으)로 내려와 멈추었습니다. 더 "
    "학습해도 거의 나아지지 않습니다.",
    "run: few": "{epochs}에포크 동안 {name}이(가) {first}에서 {now}(으)로 변했습니다. 더 말하기에는 너무 짧습니다.",
    "run: scored": "끝에서 {name}은(는) {value}입니다.",
    "run: rate": "(지금 {rate})",
    # the verdict of `Health`
    "health: nothing": "아직 아무것도 기록되지 않았습니다.",
    "health: not finite": "더는 숫자가 아닙니다: {epoch}번째 에포크 뒤 '{layer}'의 기울기가 {norm}입니다. 학습률을 "
    "낮추거나 샘플의 크기를 맞추세요.",
    "health: vanishing": "기울기 소실: 첫 층 '{first}'의 기울기가 마지막 층 '{last}'의 {ratio}배입니다. 앞쪽 층은 "
    "거의 배우지 못합니다. relu, 더 나은 초기화, 배치 정규화를 쓰거나 층을 줄이세요.",
    "health: exploding": "기울기 폭주: 첫 층 '{first}'의 기울기가 마지막 층 '{last}'의 {ratio}배입니다. 더 작은 "
    "초기 가중치나 clipnorm=1.0을 쓰세요.",
    "health: large": "기울기 폭주: '{layer}'의 기울기는 노름이 {norm}입니다. 샘플과 정답의 크기를 맞추거나 "
    "clipnorm=1.0을 쓰세요.",
    "health: no gradient": "{layers}에 기울기가 닿지 않습니다: 0입니다. 가중치가 모두 0에서 시작했거나 유닛이 늘 "
    "꺼져 있으면 이렇게 됩니다.",
    "health: no update": "갱신이 없습니다: 기울기가 있는데도 {layers}의 가중치가 움직이지 않았습니다. 학습률이 "
    "0인가요?",
    "health: dead": "죽은 유닛: '{layer}'의 유닛 {share}이(가) 모든 샘플에서 0을 내며, 기울기가 통과하지 못합니다. "
    "학습률을 낮추거나 leaky_relu를 쓰세요.",
    "health: small steps": "걸음이 작습니다: 갱신 한 번에 가중치가 그 크기의 {ratio}만큼 변합니다. 보통은 0.001 "
    "정도입니다. 학습률을 높이세요.",
    "health: large steps": "걸음이 큽니다: 갱신 한 번에 가중치가 그 크기의 {ratio}만큼 변합니다. 보통은 0.001 "
    "정도입니다. 학습률을 낮추세요.",
    "health: healthy": "건강합니다: 기울기가 모든 층에 닿고(첫 층의 기울기는 마지막 층의 {ratio}배), 갱신 한 번에 "
    "가중치가 그 크기의 {step}만큼 변합니다{dead}.",
    "health: few dead": ". 죽은 ReLU는 어느 층에서나 많아야 {share}입니다",
    # the course
    "course: fill in": "채우기",
    "course: begin": "{folder}에 수업 {count}개를 썼습니다. {first}부터 시작하세요. 편집기에서 열어 "
    "채우고 실행하면 됩니다.",
    "course: there": "{path}: 이미 있고 내용이 달라서 그대로 둡니다(--overwrite를 쓰면 바꿉니다)",
}
